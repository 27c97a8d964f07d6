"""Read files of an unpacked package: plain, or in a .zip, a Qt resource file or a sound container of OpenTTD."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ravs.errors import DecodeError

RCC_COMPRESSED, RCC_DIRECTORY = 1, 2  # flags of a node of a Qt resource file
CAT_OFFSET_MASK = 0x7FFFFFFF  # the highest bit of an offset flags the newer format of a .cat


def read_member(folder: Path, source: str) -> bytes:
    """The content of FILE, or of INNER in OUTER for OUTER!INNER; in a .cat, INNER is a number.

    Raises: DecodeError if it cannot be read.
    """
    outer, _, inner = source.partition("!")
    path = folder / outer
    try:
        if not inner:
            return path.read_bytes()
        if path.suffix == ".zip":
            return _zip(path).read(inner)
        return read_cat(path, int(inner)) if path.suffix == ".cat" else read_rcc(path)[inner]
    except (OSError, KeyError, ValueError, struct.error, zlib.error, zipfile.BadZipFile) as error:
        raise DecodeError(f"{source}: cannot be taken out of its package ({error})") from error


def expand_names(source: str) -> list[str]:
    """FOLDER/A and FOLDER/B for FOLDER/{A,B}; any other name alone."""
    head, _, tail = source.partition("{")
    return [head + name for name in tail.rstrip("}").split(",")] if tail else [head]


@lru_cache(maxsize=1)
def read_rcc(path: Path) -> dict[str, bytes]:
    """Every file of a Qt resource file by its path. Raises: ValueError if it is not one.

    A header of big-endian numbers has the offsets of the tree of nodes, their names and the contents. A node has the
    offset of its name and its flags; a folder then has the number of its children and the first one, a file the offset
    of its content, which begins with its length and is compressed with zlib if flagged so.
    """
    blob = path.read_bytes()
    if blob[:4] != b"qres":
        raise ValueError("no Qt resource file")
    version, tree, data, names = struct.unpack_from(">4I", blob, 4)
    size = 14 if version == 1 else 22  # of a node: later versions add the modification time

    def walk(index: int, prefix: str) -> Iterator[tuple[str, bytes]]:
        name_at, flags, *rest = struct.unpack_from(">IHII", blob, tree + index * size)
        here = f"{prefix}/{_name(blob, names + name_at)}".strip("/") if index else ""
        if not flags & RCC_DIRECTORY:
            yield here, _content(blob, data + struct.unpack_from(">I", blob, tree + index * size + 10)[0], flags)
            return
        count, first = rest
        for child in range(first, first + count):
            yield from walk(child, here)

    return dict(walk(0, ""))


def read_cat(path: Path, index: int) -> bytes:
    """One sound of a container, a RIFF file: a list of offsets and lengths, then entries of a name and a sound."""
    blob = path.read_bytes()
    offset, length = struct.unpack_from("<II", blob, 8 * index)
    start = offset & CAT_OFFSET_MASK
    entry = blob[start : start + 1 + blob[start] + length]
    return entry[entry.index(b"RIFF") :]


@lru_cache(maxsize=1)
def _zip(path: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _name(blob: bytes, at: int) -> str:
    """A node's name: its length, a hash, which is ignored, and UTF-16."""
    (length,) = struct.unpack_from(">H", blob, at)
    return blob[at + 6 : at + 6 + 2 * length].decode("utf-16-be")


def _content(blob: bytes, at: int, flags: int) -> bytes:
    (length,) = struct.unpack_from(">I", blob, at)
    content = blob[at + 4 : at + 4 + length]
    return zlib.decompress(content[4:]) if flags & RCC_COMPRESSED else content
