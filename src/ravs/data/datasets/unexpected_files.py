"""Find files and folders of a data set that are not in its metadata."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ravs.data.datasets.base import AvsDataset, Problem

UNEXPECTED_FILE = "odd: this file is not in the metadata"
UNEXPECTED_FOLDER = "odd: this folder is not in the metadata"


def find_unexpected_files(dataset: AvsDataset) -> Iterator[Problem]:
    """Files in the data set's folders that no entry needs and that are no companions.

    A folder without any needed file is one problem. Hidden files and empty folders are ignored.
    """
    needed = {path for entry in dataset.entries for _, path in dataset.files(entry)}
    needed |= {wav for entry in dataset.entries if (wav := dataset.wav_of(entry))}
    own = {path.parent for path in needed}
    parents = _with_parents(own)
    for area in sorted(set(dataset.exclusive_folders())):
        if area in parents:
            yield from _walk(area, dataset, needed, parents, _folders_by_name(area, own))
        elif _holds_files(area):
            yield Problem(area, "odd", UNEXPECTED_FOLDER)


def _walk(
    area: Path, dataset: AvsDataset, needed: set[Path], parents: set[Path], folders_by_name: Mapping[str, Path]
) -> Iterator[Problem]:
    """Walk a folder in order, without entering unexpected folders."""
    stack = [area]
    while stack:
        folder, subfolders = stack.pop(), list[Path]()
        for item in _list_visible(folder):
            path = folder / item.name
            if path in parents:
                subfolders.append(path)
            elif path in needed or dataset.is_companion(path.name):
                continue
            elif not item.is_dir():
                yield Problem(path, "odd", UNEXPECTED_FILE)
            elif _holds_files(path):
                hint = _hint(path.name, folders_by_name) or dataset.unknown_folder_hint
                yield Problem(path, "odd", f"{UNEXPECTED_FOLDER}{hint}")
        stack += reversed(subfolders)


def _list_visible(folder: Path) -> list[os.DirEntry[str]]:
    """The visible files and folders in a folder, sorted by name; empty if it does not exist."""
    try:
        with os.scandir(folder) as listing:
            return sorted((one for one in listing if not one.name.startswith(".")), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _holds_files(folder: Path) -> bool:
    return any(not one.is_dir() or _holds_files(folder / one.name) for one in _list_visible(folder))


def _with_parents(folders: set[Path]) -> set[Path]:
    """The folders and all of their parents."""
    parents: set[Path] = set()
    for folder in folders:
        while folder not in parents:
            parents.add(folder)
            folder = folder.parent
    return parents


def _folders_by_name(area: Path, own: set[Path]) -> dict[str, Path]:
    """Folders of needed files inside an area, by name, if the name is unique."""
    names = Counter(folder.name for folder in own if area in folder.parents)
    return {folder.name: folder for folder in own if names[folder.name] == 1 and area in folder.parents}


def _hint(name: str, folders_by_name: Mapping[str, Path]) -> str:
    """A hint where a misplaced folder belongs; empty if unknown."""
    return f"; {name} belongs in {folders_by_name[name].parent}" if name in folders_by_name else ""
