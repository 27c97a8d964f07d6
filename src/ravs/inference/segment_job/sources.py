"""Finds sources by files, folders, globs and lists of them, each with the folder of its results."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path

from ravs.files import safe_stem
from ravs.inference.segment_job.provenance import (
    DONE_FILE,
    UNFINISHED_FILE,
    begins_like_a_document,
    read_record,
)
from ravs.inference.segment_job.source_lists import read_lists

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"}
)

AMBIGUOUS_SUFFIXES = frozenset({".ts", ".mts"})  # also of TypeScript and of Qt translations
RESULT_VIDEOS = frozenset({"overlay.mp4", "alpha.mov", "alpha.webm", "matte.mp4"})  # that results of RAVS have
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # which text does not contain


@dataclass(frozen=True)
class SegmentSource:
    """A file under the name that was given, and its result folder relative to the output folder."""

    path: Path
    result_path: Path


def find_sources(names: Iterable[str], out: Path, *, recursive: bool = False) -> tuple[list[SegmentSource], list[str]]:
    """All sources in the order of their names, each once, and the names that match nothing.

    A folder stands for its videos in order, with those of its subfolders if `recursive`; their relative paths are kept
    below the output folder. A pattern is expanded here where the shell did not. Both leave out what lies below `out`
    (unless the searched folder lies there itself), results of earlier runs, and files that only have a video's suffix.
    @list.txt stands for the names in that file.
    """
    found: dict[Path, tuple[Path, Path]] = {}
    missing = []
    for name in read_lists(names):
        matches = list(expand_name(name, recursive, out))
        if not matches:
            missing.append(name)
        for path, relative in matches:
            found.setdefault(path.absolute(), (path, relative))
    folders = result_paths([(path, relative) for path, (_, relative) in found.items()])
    pairs = zip(found.values(), folders, strict=True)
    return [SegmentSource(path, result_path) for (path, _), result_path in pairs], missing


def expand_name(name: str, recursive: bool, out: Path) -> Iterator[tuple[Path, Path]]:
    """Files that a name stands for, each with its path relative to the folder that was searched."""
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
    """Files that match a pattern: only videos, unless it names a suffix."""
    named = pattern.suffix != "" and not has_magic(pattern.suffix)
    searched = next(parent for parent in pattern.parents if not has_magic(str(parent)))
    for match in sorted(iglob(str(pattern), recursive=True)):  # noqa: PTH207 - a pattern may begin at any root
        file = Path(match)
        if _is_video(file, named=named) and _is_source(file, searched, out):
            yield file, Path(file.name)


def _is_video(file: Path, *, named: bool = False) -> bool:
    """Whether a file has a video's suffix, or a requested one (`named`), and is not text."""
    suffix = file.suffix.lower()
    return (
        (named or suffix in VIDEO_SUFFIXES) and file.is_file() and not (suffix in AMBIGUOUS_SUFFIXES and _is_text(file))
    )


def _is_text(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(1024)
    except OSError:  # reported when it is decoded
        return False
    return head != b"" and CONTROL_BYTES.search(head) is None


def _is_source(file: Path, searched: Path, out: Path) -> bool:
    """Whether a file that was found is a source: neither a metadata file of macOS nor a result of RAVS."""
    if file.name.startswith("._") or any(part.startswith(".") and part.endswith(".part") for part in file.parts):
        return False
    if _lies_in(file, out) and not _lies_in(searched, out):
        return False
    return file.name not in RESULT_VIDEOS or not _has_results(file.parent)


def _has_results(folder: Path) -> bool:
    """Whether a folder has a record or a document of RAVS, under whatever name it was moved to."""
    if any(read_record(folder / name) is not None for name in (DONE_FILE, UNFINISHED_FILE)):
        return True
    return any(begins_like_a_document(path) for path in folder.glob("*.json"))


def _lies_in(path: Path, folder: Path) -> bool:
    return _normalized(path).is_relative_to(_normalized(folder))


def _normalized(path: Path) -> Path:
    """The absolute path without '..'; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path has no such method


def result_paths(found: list[tuple[Path, Path]]) -> list[Path]:
    """A folder for each: the relative path without suffix; with suffix or parent folders where two would share one."""
    stems = [relative.with_name(safe_stem(relative)) for _, relative in found]
    uses = Counter(stem for stem in stems)
    uses.update({parent for stem in stems for parent in stem.parents})
    paths = [relative if uses[stem] > 1 else stem for stem, (_, relative) in zip(stems, found, strict=True)]
    names = [_normalized(path).parts[1:] for path, _ in found]  # without '..', which would lead out of the folder
    for depth in range(2, max(map(len, names), default=0) + 1):
        counts = Counter(paths)
        paths = [Path(*name[-depth:]) if counts[path] > 1 else path for path, name in zip(paths, names, strict=True)]
    return _numbered(paths)


def _numbered(paths: list[Path]) -> list[Path]:
    """Numbers paths that are still equal (a/../b.mp4 and b.mp4, where a is a link)."""
    before: Counter[Path] = Counter()
    counted = []
    for path in paths:
        before[path] += 1
        counted.append(path if before[path] == 1 else path.with_name(f"{path.name}-{before[path]}"))
    return counted
