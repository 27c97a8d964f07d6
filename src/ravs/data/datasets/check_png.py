"""Whether a PNG file has as many bytes of pixels as its header promises: decoders take the rest for black.

Source: PNG specification, third edition, 8.1 (interlacing), 11.2.1 (IHDR) and 11.2.3 (IDAT).
"""

import struct
import zlib
from pathlib import Path

from ravs.errors import DecodeError

SIGNATURE_BYTES = 8
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
SINGLE_PASS = ((0, 0, 1, 1),)
ADAM7_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # Adam7


def check_png_pixels(path: Path) -> None:
    """Unpack a PNG file's pixels, which takes less time than to decode them, and tells more.

    Raises: DecodeError if there are fewer bytes than its size needs, or they cannot be unpacked.
    """
    chunks = _chunks(path.read_bytes())
    needed = _needed_bytes(next(data for name, data in chunks if name == b"IHDR"))
    packed = b"".join(data for name, data in chunks if name == b"IDAT")
    try:
        there = len(zlib.decompressobj().decompress(packed, needed))
    except zlib.error as error:
        raise DecodeError(f"{path}: its pixels cannot be unpacked ({error})") from error
    if there < needed:
        raise DecodeError(f"{path}: its pixels break off: {there:,} of {needed:,} bytes")


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Name and data of each, as far as the file goes."""
    chunks, place = [], SIGNATURE_BYTES
    while place + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        chunks.append((name, content[place + 8 : place + 8 + length]))
        place += length + 12  # its length, name and checksum
    return chunks


def _needed_bytes(header: bytes) -> int:
    """Bytes of unpacked pixels: each row begins with the number of its filter."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    needed = 0
    for left, top, right, down in ADAM7_PASSES if interlaced else SINGLE_PASS:
        columns, rows = -((left - width) // right), -((top - height) // down)
        if columns > 0 and rows > 0:
            needed += rows * (1 + (columns * depth * CHANNELS[colour] + 7) // 8)
    return needed
