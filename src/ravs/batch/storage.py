"""Files at any fsspec address (s3://, gs://, memory://, file://, a path): copied, and published with a marker."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from ravs.errors import InputError, RavsError

MARKER = "batch.json"  # written last into a result folder: its row of the status, and its files with their sizes
LOG_FOLDER = ".ravs-batch"  # below the output: what was begun and completed in each run


@dataclass(frozen=True)
class Place:
    """A file or folder of a file system: `path` is absolute there."""

    files: AbstractFileSystem
    path: str

    @classmethod
    def of(cls, address: str) -> "Place":
        """The place that an address or a path names.

        Raises: InputError for a protocol that is unknown or whose package is not installed.
        """
        try:
            files, path = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise InputError(f"{address!r} cannot be reached: {error}") from None
        return cls(files, path.rstrip("/") or "/")

    def __truediv__(self, name: str) -> "Place":
        return Place(self.files, f"{self.path.rstrip('/')}/{name}")

    @property
    def address(self) -> str:
        """The address with its protocol; of local files the path."""
        return self.path if self.is_local else str(self.files.unstrip_protocol(self.path))

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine's disks."""
        return "file" in ((self.files.protocol,) if isinstance(self.files.protocol, str) else self.files.protocol)

    def sibling(self, name: str) -> "Place":
        """A name beside this place."""
        return Place(self.files, f"{PurePosixPath(self.path).parent}/{name}".replace("//", "/"))

    def names(self) -> list[str]:
        """Names in a folder, as they are now; empty where there is none."""
        self.files.invalidate_cache(self.path)
        with suppress(FileNotFoundError):
            return sorted(PurePosixPath(name).name for name in self.files.ls(self.path, detail=False))
        return []

    def write(self, content: bytes) -> None:
        """Writes a file of a few kilobytes, which a reader sees whole or not at all."""
        part = self.sibling(f".{PurePosixPath(self.path).name}.{token_hex(4)}.part") if self.is_local else self
        part.files.makedirs(str(PurePosixPath(self.path).parent), exist_ok=True)
        part.files.pipe_file(part.path, content)  # an object store shows an object once it is complete
        if self.is_local:
            Path(part.path).replace(self.path)

    def read_json(self) -> dict[str, Any] | None:
        """An object of a JSON file; None where there is none."""
        try:
            value = json.loads(self.files.cat_file(self.path))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return value if isinstance(value, dict) else None


def fetch_results(folder: Place, target: Path) -> None:
    """Copies the results that an earlier run published into a local folder, so that only what is missing is made."""
    for name in ((folder / MARKER).read_json() and published_files(folder)) or ():
        with suppress(FileNotFoundError):  # it is made again
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            folder.files.get_file(f"{folder.path}/{name}", str(target / name))


def published_files(folder: Place) -> dict[str, int]:
    """Files with their sizes in bytes that the marker of a result folder names."""
    return dict(((folder / MARKER).read_json() or {}).get("files", {}))


def publish_results(source: Path, folder: Place, row: dict[str, Any]) -> None:
    """Uploads a local result folder under a temporary name, moves each file into place, and writes the marker last.

    `row` goes into the marker. Files of an earlier run that are no longer there are removed; all others stay.

    Raises: RavsError where files of the same names were not published by `ravs batch`.
    """
    files = {str(path.relative_to(source).as_posix()): path.stat().st_size for path in files_below(source)}
    earlier = published_files(folder)
    if (folder / MARKER).read_json() is None and (taken := sorted(set(folder.names()) & top_names(files))):
        raise RavsError(
            f"{folder.address} holds {', '.join(taken)} that no run of ravs batch is known to have made: "
            "choose another --out"
        )
    part = begin_upload(folder)
    for name in files:
        make_parent(part / name)
        folder.files.put_file(str(source / name), f"{part.path}/{name}")
    unfinished = {"status": "unfinished", "files": earlier | files}
    (folder / MARKER).write(json.dumps(unfinished).encode())
    for name in files:
        make_parent(folder / name)
        folder.files.mv(f"{part.path}/{name}", f"{folder.path}/{name}")
    for name in earlier.keys() - files.keys():
        remove_below(folder / name)
    remove_below(part)
    (folder / MARKER).write(json.dumps(row | {"files": files}, indent=1).encode())


def begin_upload(folder: Place) -> Place:
    """A temporary name beside a result folder; those that killed workers left there are removed."""
    name = PurePosixPath(folder.path).name
    for entry in folder.sibling("").names():
        if entry.startswith(f".{name}.") and entry.endswith(".upload"):
            remove_below(folder.sibling(entry))
    return folder.sibling(f".{name}.{token_hex(4)}.upload")


def make_parent(place: Place) -> None:
    """Makes the folder of a file, where the file system has folders."""
    place.files.makedirs(str(PurePosixPath(place.path).parent), exist_ok=True)


def remove_below(place: Place) -> None:
    """Removes a file or folder; does nothing if there is none."""
    with suppress(FileNotFoundError):
        place.files.rm(place.path, recursive=True)


def files_below(folder: Path) -> list[Path]:
    """Files below a local folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def top_names(files: dict[str, int]) -> set[str]:
    """First parts of the paths of files."""
    return {name.partition("/")[0] for name in files}
