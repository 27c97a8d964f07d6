"""Damage to files: hypothesis draws what is done, and to which bytes."""

import zlib
from dataclasses import dataclass

from hypothesis import strategies as st

WHOLE = 1 << 20  # a position in a file is a share of it, in parts of this
EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
FIELDS = {  # what precedes sizes, rates, durations and times in a file's headers
    "mp4": "ftyp moov mvhd trak tkhd mdhd hdlr stts ctts stsz stsc stco elst stss stsd avc1 avcC mp4a esds dref mdat",
    "ts": "G@ G\x41 G\x01",
    "wav": "RIFF fmt\x20 data",
    "mp3": "ID3 Xing Info \xff\xfb LAME",
    "png": "IHDR IDAT IEND sRGB pHYs",
    "jpg": "\xff\xc0 \xff\xc4 \xff\xda \xff\xdb JFIF",
    "flv": "FLV onMetaData duration width height framerate \x09\x00 \x08\x00",
    "avi": "avih strh strf strl movi idx1 00dc 01wb",
    "webm": "\x44\x89 \xb0\x82 \xba\x82 \x2a\xd7\xb1 \xb5\x88 \x9f\x81 \xe7\x81 \xe7\x82 \xa3 \x1f\x43\xb6\x75 \xec "
    "\x16\x54\xae\x6b \x86 \x63\xa2",
}
FIELDS["mkv"] = FIELDS["webm"]


@dataclass(frozen=True)
class Flip:
    """One byte becomes another."""

    at: int
    by: int

    def __call__(self, content: bytes) -> bytes:
        place = self.at * len(content) // WHOLE
        return content[:place] + bytes([content[place] ^ self.by]) + content[place + 1 :] if content else content


@dataclass(frozen=True)
class Cut:
    """The file ends early."""

    at: int

    def __call__(self, content: bytes) -> bytes:
        return content[: self.at * len(content) // WHOLE]


@dataclass(frozen=True)
class Drop:
    """A stretch is missing."""

    at: int
    length: int

    def __call__(self, content: bytes) -> bytes:
        place = self.at * len(content) // WHOLE
        return content[:place] + content[place + self.length :]


@dataclass(frozen=True)
class Splice:
    """A stretch is repeated somewhere else, inserted or over what was there."""

    start: int
    length: int
    at: int
    inserted: bool

    def __call__(self, content: bytes) -> bytes:
        start, place = (share * len(content) // WHOLE for share in (self.start, self.at))
        piece = content[start : start + self.length]
        return content[:place] + piece + content[place + (0 if self.inserted else len(piece)) :]


@dataclass(frozen=True)
class Overwrite:
    """A field behind a header's tag gets an extreme value."""

    tag: bytes
    which: int
    skipped: int
    value: int
    size: int

    def __call__(self, content: bytes) -> bytes:
        places = [at for at in range(len(content)) if content.startswith(self.tag, at)]
        if not places:
            return content
        place = places[self.which % len(places)] + len(self.tag) + self.skipped
        field = (self.value & (256**self.size - 1)).to_bytes(self.size)
        changed = content[:place] + field + content[place + self.size :]
        return with_png_checksums(changed) if content.startswith(b"\x89PNG") else changed


def with_png_checksums(content: bytes) -> bytes:
    """A PNG whose chunks have the checksums of their content, so that a reader looks further."""
    out, at = content[:8], 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        body = content[at + 4 : at + 8 + length]
        out += content[at : at + 4] + body + zlib.crc32(body).to_bytes(4)
        at += 12 + length
    return out + content[at:]


def damage(ending: str, *, most: int = 3) -> st.SearchStrategy[list]:
    """One to `most` kinds of damage to a file of this ending."""
    place = st.integers(0, WHOLE - 1)
    length = st.integers(1, 4096)
    kinds = [
        st.builds(Flip, place, st.integers(1, 255)),
        st.builds(Cut, place),
        st.builds(Drop, place, length),
        st.builds(Splice, place, length, place, st.booleans()),
    ]
    if tags := [tag.encode("latin-1") for tag in FIELDS.get(ending, "").split()]:
        field = st.builds(
            Overwrite,
            st.sampled_from(tags),
            st.integers(0, 20),
            st.integers(0, 60),
            st.sampled_from(EXTREMES) | st.integers(0, 0xFFFFFFFF),
            st.sampled_from([1, 2, 4]),
        )
        kinds += [field, field, field]
    return st.lists(st.one_of(kinds), min_size=1, max_size=most)


def apply(content: bytes, changes: list) -> bytes:
    """The content with every change made to it, one after another."""
    for change in changes:
        content = change(content)
    return content
