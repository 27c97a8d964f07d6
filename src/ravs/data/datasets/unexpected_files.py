"""Files and folders of a data set that nothing names, found in one walk."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ravs.data.datasets.base import AvsDataset, Problem

UNEXPECTED = "odd: nothing names this"


def find_unexpected_files(dataset: AvsDataset) -> Iterator[Problem]:
    """What lies in the set's folders and is neither named nor a companion; a folder without a named file is one line.

    Hidden files, which file managers leave, and empty folders are passed over.
    """
    known = {path for entry in dataset.entries for _, path in dataset.files(entry)}
    known |= {wav for entry in dataset.entries if (wav := dataset.wav_of(entry))}
    own = {path.parent for path in known}
    above = _with_parents(own)
    for area in sorted(set(dataset.areas())):
        if area in above:
            yield from _walk(area, dataset, known, above, _folders_by_name(area, own))
        elif _holds_files(area):
            yield Problem(area, "odd", f"{UNEXPECTED} folder")


def _walk(
    area: Path, dataset: AvsDataset, known: set[Path], above: set[Path], places: Mapping[str, Path]
) -> Iterator[Problem]:
    """The walk of an area, in order. It enters no folder that nothing names."""
    waiting = [area]
    while waiting:
        folder, inner = waiting.pop(), list[Path]()
        for found in _list_visible(folder):
            path = folder / found.name
            if path in above:
                inner.append(path)
            elif path in known or dataset.companion(path.name):
                continue
            elif not found.is_dir():
                yield Problem(path, "odd", f"{UNEXPECTED} file")
            elif _holds_files(path):
                yield Problem(path, "odd", f"{UNEXPECTED} folder{_hint(path.name, places) or dataset.nameless}")
        waiting += reversed(inner)


def _list_visible(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, by name, without what is hidden; nothing if there is no such folder."""
    try:
        with os.scandir(folder) as listing:
            return sorted((one for one in listing if not one.name.startswith(".")), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _holds_files(folder: Path) -> bool:
    return any(not one.is_dir() or _holds_files(folder / one.name) for one in _list_visible(folder))


def _with_parents(folders: set[Path]) -> set[Path]:
    """The folders, and every one on the way to them."""
    above: set[Path] = set()
    for folder in folders:
        while folder not in above:
            above.add(folder)
            folder = folder.parent
    return above


def _folders_by_name(area: Path, own: set[Path]) -> dict[str, Path]:
    """Where an area has folders of named files, by their names; not if several have the same."""
    names = Counter(folder.name for folder in own if area in folder.parents)
    return {folder.name: folder for folder in own if names[folder.name] == 1 and area in folder.parents}


def _hint(name: str, places: Mapping[str, Path]) -> str:
    """Where a folder belongs that lies in the wrong place; empty if nothing tells."""
    return f"; by the metadata {name} lies in {places[name].parent}" if name in places else ""
