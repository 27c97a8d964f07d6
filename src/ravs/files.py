"""Files that appear whole: written as NAME.part, then moved; and what tells two contents apart."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, content: bytes | str) -> None:
    """Writes NAME.part beside the path and moves it there, so that no reader ever sees half a file."""
    with appearing(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """NAME.part beside the path, to be written to: moved there at the end, gone if something was raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def content_hash(*paths: Path) -> str:
    """SHA-256 of the contents, one after the other, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


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
