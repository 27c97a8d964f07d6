"""Ogg Vorbis by libsndfile, reproducible to the byte: PyAV's FFmpeg encodes it poorly and cannot read old files."""

import io
import struct
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.loudness import Mono
from ravs.data.library.format import SAMPLE_RATE_HZ

CONVERT = "sndfile-convert"
STREAM_SERIAL = 1  # of every stream, instead of a random one
POLYNOMIAL = 0x04C11DB7  # of Ogg's checksum
PAGE_HEADER_BYTES = 27  # before the table of segments
SERIAL_AT, CHECKSUM_AT, SEGMENTS_AT = 14, 22, 26


def encode_vorbis(samples: Mono, tools: ExternalTools) -> bytes:
    """Encode an .ogg file at libsndfile's default quality: with the package soundfile if installed, else a program.

    Both hold the same encoder, but another compiler gives other bytes of the same audio. The table's bytes are those
    of soundfile 0.14. Raises: UnavailableError if there is neither.
    """
    if find_spec("soundfile"):
        out = io.BytesIO()
        import_module("soundfile").write(out, samples, SAMPLE_RATE_HZ, format="OGG", subtype="VORBIS")
        return with_fixed_serial(out.getvalue())
    with TemporaryDirectory() as folder:
        plain, coded = Path(folder, "a.wav"), Path(folder, "a.ogg")
        plain.write_bytes(float_wav(samples))
        tools.run(CONVERT, "-vorbis", str(plain), str(coded))
        return with_fixed_serial(coded.read_bytes())


def decode_old_vorbis(content: bytes, tools: ExternalTools) -> bytes:
    """Decode an audio file to .wav, for Vorbis from before 2002. Raises: UnavailableError, DecodeError."""
    if find_spec("soundfile"):
        soundfile, out = import_module("soundfile"), io.BytesIO()
        soundfile.write(out, *soundfile.read(io.BytesIO(content)), format="WAV", subtype="FLOAT")
        return out.getvalue()
    with TemporaryDirectory() as folder:
        coded, plain = Path(folder, "a.ogg"), Path(folder, "a.wav")
        coded.write_bytes(content)
        tools.run(CONVERT, "-float32", str(coded), str(plain))
        return plain.read_bytes()


def float_wav(samples: Mono) -> bytes:
    """A .wav file of 32-bit floating point samples, one channel."""
    content = samples.astype("<f4").tobytes()
    header = struct.pack("<IHHIIHH", 16, 3, 1, SAMPLE_RATE_HZ, 4 * SAMPLE_RATE_HZ, 4, 32)
    chunks = b"WAVEfmt " + header + b"data" + struct.pack("<I", len(content))
    return b"RIFF" + struct.pack("<I", len(chunks) + len(content)) + chunks + content


def with_fixed_serial(ogg: bytes) -> bytes:
    """The file with STREAM_SERIAL as the number of its stream, and each page's checksum computed again."""
    out, at = bytearray(), 0
    while at < len(ogg):
        segments = ogg[at + SEGMENTS_AT]
        size = PAGE_HEADER_BYTES + segments + sum(ogg[at + PAGE_HEADER_BYTES : at + PAGE_HEADER_BYTES + segments])
        page = bytearray(ogg[at : at + size])
        page[SERIAL_AT : SERIAL_AT + 4] = struct.pack("<I", STREAM_SERIAL)
        page[CHECKSUM_AT : CHECKSUM_AT + 4] = bytes(4)
        page[CHECKSUM_AT : CHECKSUM_AT + 4] = struct.pack("<I", checksum(page))
        out += page
        at += size
    return bytes(out)


def checksum(page: bytes | bytearray) -> int:
    """Ogg's checksum: a CRC of 32 bits, highest bit first, that begins with zero."""
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ CRC_TABLE[(crc >> 24) ^ byte]
    return crc


def _crc_of_byte(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = ((crc << 1) ^ (POLYNOMIAL if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


CRC_TABLE = tuple(map(_crc_of_byte, range(256)))
