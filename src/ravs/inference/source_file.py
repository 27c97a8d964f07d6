"""A source as a file that can be opened several times: a path as it is, an open file by its name or as a copy."""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
from PIL import Image

from ravs.errors import InputError

Source = str | os.PathLike[str] | IO[bytes]
REMEDIES: dict[type, str] = {
    bytes: "io.BytesIO makes bytes a file",
    Generator: "list(…) makes it a list",
    np.ndarray: "arrays are given as frames=, waveform= and sample_rate_hz= of segment",
    Image.Image: "an image and its sound are given as frames=, waveform= and sample_rate_hz= of segment",
}  # for what is no source
UNNAMED = "stream"  # what a source in memory is called


@contextmanager
def source_file(source: Source) -> Iterator[Path]:
    """The path of a source while the block lasts.

    Of a file that is open on disk it is that file; what else can be read in bytes (io.BytesIO, an upload) is copied,
    from its beginning if it can seek, into a temporary file that is removed at the end.

    Raises: InputError as `check_source`, and for a file that is open as text.
    """
    check_source(source)
    if isinstance(source, str | os.PathLike):
        yield Path(source)
    elif (named := _path_of(source)) is not None:
        yield named
    else:
        with TemporaryDirectory(prefix="ravs-") as folder:
            copy = Path(folder) / UNNAMED
            _copy(source, copy)
            yield copy


def check_source(source: Source) -> None:
    """Raises: InputError for what is neither a path nor an open file, and as `check_path`."""
    if isinstance(source, str | os.PathLike):
        check_path(source)
    elif not hasattr(source, "read"):
        remedy = next((f"; {text}" for kind, text in REMEDIES.items() if isinstance(source, kind)), "")
        raise InputError(
            f"{type(source).__name__} is no source: give a path, or a file that is open in binary mode{remedy}"
        )


def check_path(path: str | os.PathLike[str]) -> None:
    """Raises: InputError for a folder, an address, and a path without a file."""
    name = os.fspath(path)
    if Path(name).is_dir():
        raise InputError(
            f"{name!r} is a folder: give a file, or a list of files, such as [*Path({name!r}).glob('*.mp4')]"
        )
    if Path(name).exists():
        return
    if "://" in name:
        raise InputError(f"{name} is an address, and none is read: download it, and give the path of the file")
    raise InputError(f"no file {name!r} (searched {Path.cwd()}): give the path of a video")


def _path_of(source: IO[bytes]) -> Path | None:
    """Where an open file lies, if it is one on disk and still that one."""
    name = getattr(source, "name", None)
    try:
        if isinstance(name, str) and os.path.samestat(os.fstat(source.fileno()), Path(name).stat()):
            return Path(name)
    except (OSError, AttributeError):  # not on disk, or moved since
        pass
    return None


def _copy(source: IO[bytes], path: Path) -> None:
    if source.seekable():
        source.seek(0)
    with path.open("wb") as file:
        first: Any = source.read(1)
        if isinstance(first, str):
            raise InputError("the file is open as text: open it in binary mode, 'rb'")
        file.write(first)
        shutil.copyfileobj(source, file)
