"""Files that appear whole: written as NAME.part, then moved; and what tells two contents apart."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes | str, *, lasting: bool = False) -> None:
    """Writes NAME.part beside the path and moves it there, so that no reader ever sees half a file.

    `lasting` waits for the disk, as what long work goes on from needs it: a machine that dies leaves none of it empty.
    """
    with whole_file(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        if lasting:
            to_disk(part)


def to_disk(path: Path) -> list[Path]:
    """Waits until the disk has what was written of a file, or of all files below a folder; returns these in order."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    for one in files:
        with one.open("rb+") as file:
            os.fsync(file.fileno())
    return files


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """NAME.part beside the path, for what writes to a path only; it is moved there when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder .NAME.part beside the path; it takes the path's place when the block ends well."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    remove(path)
    part.replace(path)


def content_hash(*paths: Path) -> str:
    """SHA-256 of the contents, one after the other, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def hash_of(lines: Iterable[str]) -> str:
    """SHA-256 of some lines, as hexadecimal digits."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def key_of(values: Any) -> str:
    """Twelve digits that follow from nested values, for the name of what is kept of them."""
    return hash_of([json.dumps(values, sort_keys=True, default=str)])[:12]


def stamp_of(path: Path) -> str:
    """Name, size and time of change of a file, by which a changed one is noticed without reading it."""
    try:
        state = path.stat()
    except OSError:
        return f"{path.name} missing"
    return f"{path.name} {state.st_size} {state.st_mtime_ns}"


def remove(path: Path) -> None:
    """Removes a file or a whole folder; what is not there, or cannot be, is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()


def move_into(names: Iterable[str], source: Path, target: Path) -> None:
    """Moves entries of one folder into another of the same disk; what stood there under such a name goes first."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        remove(target / name)
        (source / name).replace(target / name)
