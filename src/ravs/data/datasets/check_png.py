"""Check that a PNG file has as many pixel bytes as its size needs; decoders fill missing ones with black.

Source: PNG specification, third edition, 8.1 (interlacing), 11.2.1 (IHDR) and 11.2.3 (IDAT).
"""

import struct
import zlib
from pathlib import Path

from ravs.errors import DecodeError

SIGNATURE_BYTES = 8
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
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
    """Decompress the pixels of a PNG file, which is faster than decoding and finds more.

    Raises: DecodeError if there are fewer bytes than the size needs, or they cannot be decompressed.
    """
    chunks = _chunks(path.read_bytes())
    needed = _needed_bytes(next(data for name, data in chunks if name == b"IHDR"))
    packed = b"".join(data for name, data in chunks if name == b"IDAT")
    try:
        found = len(zlib.decompressobj().decompress(packed, needed))
    except zlib.error as error:
        raise DecodeError(f"{path}: its pixels cannot be unpacked ({error})") from error
    if found < needed:
        raise DecodeError(f"{path}: its pixels break off: {found:,} of {needed:,} bytes")


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Name and data of each chunk, up to the end of the file."""
    chunks, offset = [], SIGNATURE_BYTES
    while offset + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, offset)
        chunks.append((name, content[offset + 8 : offset + 8 + length]))
        offset += length + 12  # length, name and checksum
    return chunks


def _needed_bytes(header: bytes) -> int:
    """Number of bytes of decompressed pixels; each row starts with a byte for its filter."""
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    needed = 0
    for left, top, right, bottom in ADAM7_PASSES if interlaced else SINGLE_PASS:
        columns, rows = -((left - width) // right), -((top - height) // bottom)
        if columns > 0 and rows > 0:
            needed += rows * (1 + (columns * depth * CHANNELS[color] + 7) // 8)
    return needed
