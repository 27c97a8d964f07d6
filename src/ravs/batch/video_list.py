"""The videos of a batch: found by paths, fsspec addresses, patterns and lists of them, each with its result folder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path, PurePosixPath
from typing import Any

from ravs.batch.storage import Place
from ravs.files import hash_lines
from ravs.inference.segment_job.provenance import DONE_FILE
from ravs.inference.segment_job.source_lists import read_lists
from ravs.inference.segment_job.sources import RESULT_VIDEOS, VIDEO_SUFFIXES, expand_name, result_paths

VERSION_FIELDS = ("size", "mtime", "etag", "ETag", "md5Hash", "LastModified", "last_modified", "updated")


@dataclass(frozen=True)
class BatchVideo:
    """A video by its address, its result folder relative to the output, and what changes with its contents."""

    address: str
    result: str
    version: str  # size and time of change, or the store's tag


def find_videos(names: Iterable[str], out: Place, *, recursive: bool = False) -> tuple[list[BatchVideo], list[str]]:
    """All videos in the order of their names, each once, and the names that match nothing.

    Local names are those of `ravs segment`; an address may be a file, a folder or a pattern. What lies below `out` and
    videos of earlier results are left out. @list.txt stands for the names in that file.

    Raises: InputError for an address of an unknown protocol.
    """
    found: dict[str, tuple[PurePosixPath, Place, dict[str, Any] | None]] = {}
    missing = []
    for name in read_lists(names):
        matches = list(_matches(name, out, recursive))
        if not matches:
            missing.append(name)
        for place, relative, info in matches:
            found.setdefault(place.address, (relative, place, info))
    results = result_paths([(Path(place.path), Path(relative)) for relative, place, _ in found.values()])
    return [
        BatchVideo(address, result.as_posix(), _version(info or place.files.info(place.path)))
        for (address, (_, place, info)), result in zip(found.items(), results, strict=True)
    ], missing


def _matches(name: str, out: Place, recursive: bool) -> Iterator[tuple[Place, PurePosixPath, dict[str, Any] | None]]:
    """Videos that a name stands for, each relative to the folder that was searched, with what the listing says."""
    place = Place.of(name) if "://" in name else None
    if place is None or place.is_local:
        nowhere = Path(out.path) if out.is_local else Path("/nowhere/of/this/machine")
        for path, relative in expand_name(name if place is None else place.path, recursive, nowhere):
            yield Place.of(str(path.absolute())), PurePosixPath(relative), None
        return
    if place.files.isfile(place.path):
        yield place, PurePosixPath(PurePosixPath(place.path).name), None
        return
    if has_magic(place.path):
        listed, searched = place.files.glob(place.path, detail=True), None
    else:
        listed, searched = place.files.find(place.path, maxdepth=None if recursive else 1, detail=True), place.path
    for path, info in sorted(listed.items()):
        if info.get("type") == "file" and _is_video(Place(place.files, path), out):
            pure = PurePosixPath(path)
            yield Place(place.files, path), pure.relative_to(searched) if searched else PurePosixPath(pure.name), info


def _is_video(place: Place, out: Place) -> bool:
    """Whether a listed file has a video's suffix and is neither a result nor a metadata file of macOS."""
    path = PurePosixPath(place.path)
    if path.suffix.lower() not in VIDEO_SUFFIXES or path.name.startswith("._"):
        return False
    if type(place.files) is type(out.files) and path.is_relative_to(out.path):
        return False
    return path.name not in RESULT_VIDEOS or not place.files.exists(f"{path.parent}/{DONE_FILE}")


def _version(info: dict[str, Any]) -> str:
    return hash_lines([f"{field} {info[field]}" for field in VERSION_FIELDS if field in info])[:12]
