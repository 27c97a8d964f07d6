"""From files, folders and globs to sources, each with the folder its results go to."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"}
)


@dataclass(frozen=True)
class Source:
    """A file, as it was named, and where its results go below the output folder."""

    path: Path
    place: Path


def find_sources(names: Iterable[str], out: Path, *, recursive: bool = False) -> tuple[list[Source], list[str]]:
    """All sources in the order of their names, each once, and the names that match nothing.

    A folder gives its videos in order, with those of its folders if `recursive`; their relative paths are kept below
    the output folder. A pattern is expanded here where the shell did not. Nothing below `out` is a source.
    """
    found: dict[Path, tuple[Path, Path]] = {}
    missing = []
    for name in names:
        matches = [match for match in _expand(name, recursive) if not _lies_in(match[0], out)]
        if not matches:
            missing.append(name)
        for path, relative in matches:
            found.setdefault(path.absolute(), (path, relative))
    places = _places([(path, relative) for path, (_, relative) in found.items()])
    return [Source(path, place) for (path, _), place in zip(found.values(), places, strict=True)], missing


def _expand(name: str, recursive: bool) -> Iterator[tuple[Path, Path]]:
    """Files that a name stands for, each with its path below the folder it was found in."""
    path = Path(name)
    if path.is_file():
        yield path, Path(path.name)
    elif path.is_dir():
        for file in sorted(path.rglob("*") if recursive else path.iterdir()):
            if file.suffix.lower() in VIDEO_SUFFIXES and file.is_file():
                yield file, file.relative_to(path)
    elif has_magic(name):
        named = path.suffix != "" and not has_magic(path.suffix)
        for match in sorted(iglob(name, recursive=True)):  # noqa: PTH207 - a pattern may begin at any root
            file = Path(match)
            if file.is_file() and (named or file.suffix.lower() in VIDEO_SUFFIXES):
                yield file, Path(file.name)


def _lies_in(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute())


def _places(found: list[tuple[Path, Path]]) -> list[Path]:
    """A folder for each: the relative path without suffix; with it, or with parents, where two would share one."""
    stems = [relative.with_suffix("") for _, relative in found]
    taken = Counter(stem for stem in stems)
    taken.update({parent for stem in stems for parent in stem.parents})
    places = [relative if taken[stem] > 1 else stem for stem, (_, relative) in zip(stems, found, strict=True)]
    depth = 1
    while len(set(places)) < len(places):
        depth += 1
        again = Counter(places)
        places = [
            Path(*path.parts[1:][-depth:]) if again[place] > 1 else place
            for place, (path, _) in zip(places, found, strict=True)
        ]
    return places
