"""From files, folders and globs to sources, each with the folder its results go to."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path

from ravs.files import safe_stem
from ravs.inference.segment_job.result_folder import ResultFolder

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"}
)

AMBIGUOUS_SUFFIXES = frozenset({".ts", ".mts"})  # TypeScript, and translations of Qt
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # bytes that text does not contain


@dataclass(frozen=True)
class SegmentSource:
    """A file, as it was named, and where its results go below the output folder."""

    path: Path
    place: Path


def find_sources(names: Iterable[str], out: Path, *, recursive: bool = False) -> tuple[list[SegmentSource], list[str]]:
    """All sources in the order of their names, each once, and the names that match nothing.

    A folder gives its videos in order, with those of its folders if `recursive`; their relative paths are kept below
    the output folder. A pattern is expanded here where the shell did not. Both leave out what lies below `out`, unless
    the folder that is searched lies there itself, results of earlier runs, and files that only have a video's suffix.
    """
    found: dict[Path, tuple[Path, Path]] = {}
    missing = []
    for name in names:
        matches = list(_expand(name, recursive, out))
        if not matches:
            missing.append(name)
        for path, relative in matches:
            found.setdefault(path.absolute(), (path, relative))
    places = _result_paths([(path, relative) for path, (_, relative) in found.items()])
    return [SegmentSource(path, place) for (path, _), place in zip(found.values(), places, strict=True)], missing


def _expand(name: str, recursive: bool, out: Path) -> Iterator[tuple[Path, Path]]:
    """Files that a name stands for, each with its path below the folder it was found in."""
    path = Path(name)
    if not name:
        return
    if path.is_file():
        yield path, Path(path.name)
    elif path.is_dir():
        for file in sorted(path.rglob("*") if recursive else path.iterdir()):
            if _is_video(file) and _is_source(file, path, out):
                yield file, file.relative_to(path)
    elif has_magic(name):
        yield from _glob_videos(path, out)


def _glob_videos(pattern: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Files that match a pattern: videos, unless it names a suffix."""
    named = pattern.suffix != "" and not has_magic(pattern.suffix)
    searched = next(parent for parent in pattern.parents if not has_magic(str(parent)))
    for match in sorted(iglob(str(pattern), recursive=True)):  # noqa: PTH207 - a pattern may begin at any root
        file = Path(match)
        if _is_video(file, named=named) and _is_source(file, searched, out):
            yield file, Path(file.name)


def _is_video(file: Path, *, named: bool = False) -> bool:
    """Whether a file has a video's suffix, or one that was asked for, and is not text."""
    suffix = file.suffix.lower()
    return (
        (named or suffix in VIDEO_SUFFIXES) and file.is_file() and not (suffix in AMBIGUOUS_SUFFIXES and _is_text(file))
    )


def _is_text(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(1024)
    except OSError:  # reading it reports it
        return False
    return head != b"" and CONTROL_BYTES.search(head) is None


def _is_source(file: Path, searched: Path, out: Path) -> bool:
    """Whether a file that was found is a source: no metadata file of macOS, and no result of ours."""
    if file.name.startswith("._") or any(part.startswith(".") and part.endswith(".part") for part in file.parts):
        return False
    if _lies_in(file, out) and not _lies_in(searched, out):
        return False
    return file.name != "overlay.mp4" or not ResultFolder(file.parent).is_ours()


def _lies_in(path: Path, folder: Path) -> bool:
    return _normalized(path).is_relative_to(_normalized(folder))


def _normalized(path: Path) -> Path:
    """From the root on, without '..'; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path has no such method


def _result_paths(found: list[tuple[Path, Path]]) -> list[Path]:
    """A folder for each: the relative path without suffix; with it, or with parents, where two would share one."""
    stems = [relative.with_name(safe_stem(relative)) for _, relative in found]
    taken = Counter(stem for stem in stems)
    taken.update({parent for stem in stems for parent in stem.parents})
    places = [relative if taken[stem] > 1 else stem for stem, (_, relative) in zip(stems, found, strict=True)]
    names = [_normalized(path).parts[1:] for path, _ in found]  # without '..', which would lead out of the folder
    for depth in range(2, max(map(len, names), default=0) + 1):
        again = Counter(places)
        places = [
            Path(*name[-depth:]) if again[place] > 1 else place for place, name in zip(places, names, strict=True)
        ]
    return _numbered(places)


def _numbered(places: list[Path]) -> list[Path]:
    """Places that are still the same (a/../b.mp4 and b.mp4, where a is a link) get numbers."""
    before: Counter[Path] = Counter()
    counted = []
    for place in places:
        before[place] += 1
        counted.append(place if before[place] == 1 else place.with_name(f"{place.name}-{before[place]}"))
    return counted
