"""Atomic writes (a file is written under a temporary name, then moved), file names, and hashes of contents."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from secrets import token_hex
from typing import Any

from ravs.file_lock import LockedError, locked

MAX_NAME_BYTES = 255  # bytes, on most file systems
SURROGATE = re.compile("[\ud800-\udfff]")


def write_atomic(path: Path, content: bytes | str, *, sync: bool = False) -> None:
    """Write a file atomically: no reader ever sees half of it.

    `sync` waits for the disk, for what a long run resumes from: a machine that crashes leaves none of it empty.
    """
    with atomic_file(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        if sync:
            sync_to_disk(part)


def sync_to_disk(path: Path) -> list[Path]:
    """Wait until a file, or every file below a folder, has reached the disk; returns the files in order."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    for one in files:
        with one.open("rb+") as file:
            os.fsync(file.fileno())
    return files


def is_disk_full(error: Exception) -> bool:
    """Whether an error of the operating system means a full disk, so that no other file can be written either."""
    return getattr(error, "errno", None) in (ENOSPC, EDQUOT)


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A temporary file beside the path, for writers that take a path; moved there when the block succeeds.

    The leftover of a killed process is overwritten, unless another process is writing the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            is_alone = stack.enter_context(locked(hidden_sibling(path, ".lock"), wait=False))
        except LockedError:
            is_alone = False
        part = hidden_sibling(path, ".part") if is_alone else unique_part_path(path)
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """An empty folder .NAME.part beside the path; it replaces the path when the block succeeds.

    Waits for another process that makes the same folder; removes the leftover of a killed one.
    """
    with locked(hidden_sibling(path, ".lock")):
        part = hidden_sibling(path, ".part")
        remove(part)
        part.mkdir(parents=True)
        yield part
        remove(path)
        part.replace(path)


def hidden_sibling(path: Path, ending: str) -> Path:
    """.NAME and an ending, beside a path; a hash of twelve digits replaces a NAME that is too long."""
    name = f".{path.name}{ending}"
    return path.with_name(name if fits_name_limit(name) else f".{hash_lines([path.name])[:12]}{ending}")


def unique_part_path(path: Path) -> Path:
    """A random temporary name beside a path, which no other process will choose."""
    return hidden_sibling(path, f".{token_hex(4)}.part")


def stale_parts(path: Path) -> list[Path]:
    """Files under names that `unique_part_path` gave for a path; whoever holds its lock may remove them."""
    head, _, ending = hidden_sibling(path, ".01234567.part").name.rpartition("01234567")
    like = re.compile(re.escape(head) + "[0-9a-f]{8}" + re.escape(ending))
    with suppress(FileNotFoundError):
        return [entry for entry in path.parent.iterdir() if like.fullmatch(entry.name)]
    return []


def safe_stem(path: Path) -> str:
    """A file's name without its suffix, to name a folder; with the suffix where only dots would be left."""
    return path.stem if path.stem.strip(".") else path.name


def fits_name_limit(name: str) -> bool:
    """Whether a name is short enough for a file system."""
    return len(os.fsencode(name)) <= MAX_NAME_BYTES


def printable_name(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 are shown as \\xNN."""
    return os.fsencode(name).decode("utf-8", "backslashreplace") if SURROGATE.search(name) else name


def json_text(value: Any) -> str:
    """A value as one line of JSON in UTF-8. Bytes of a name that are not UTF-8 are escaped as \\udc80 to \\udcff.

    Python's `os.fsencode` turns them back into the bytes.
    """
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def content_hash(*paths: Path) -> str:
    """SHA-256 of the files' contents, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def hash_lines(lines: Iterable[str]) -> str:
    """SHA-256 of lines of text, in hexadecimal."""
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()


def short_hash(values: Any) -> str:
    """Twelve hexadecimal digits that identify nested values, to name what is cached for them."""
    return hash_lines([json.dumps(values, sort_keys=True, default=str)])[:12]


def drop_defaults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from these defaults, for `short_hash`: a key that is added later changes no older hash."""
    return {key: value for key, value in values.items() if key not in defaults or value != defaults[key]}


def file_stamp(path: Path) -> str:
    """Name, size and modification time of a file, which show a change without reading it."""
    try:
        state = path.stat()
    except OSError:
        return f"{path.name} missing"
    return f"{path.name} {state.st_size} {state.st_mtime_ns}"


def remove(path: Path) -> None:
    """Remove a file, or a folder with its contents; does nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()


def move_entries(names: Iterable[str], source: Path, target: Path) -> None:
    """Move entries of one folder into another on the same disk; entries of the same name there are removed first."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        remove(target / name)
        (source / name).replace(target / name)
