"""Predicted and true files of two folders, paired by their names."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ravs.errors import InputError, NoMatchError

TRUTH_SUFFIXES = (".png",)
PREDICTION_SUFFIXES = (".png", ".npy")
LISTED = 50
NUMBER_AT_END = re.compile(r"(|.*?\D)(\d{1,8})")  # more digits name a picture, as COCO's twelve do


class Pair(NamedTuple):
    """One frame: its name without suffix, relative to the folders, and its two files."""

    name: str
    prediction: Path
    truth: Path

    @property
    def video(self) -> str:
        """What frames of one video share: the name without the number at its end."""
        match = NUMBER_AT_END.fullmatch(self.name.rpartition("/")[2])
        folder = self.name.rpartition("/")[0]
        return f"{folder}/{match[1].removesuffix('_')}" if match else self.name

    @property
    def second(self) -> int | None:
        """The number at the end of the name, if there is one: frames of a video whose numbers differ by 1 adjoin."""
        match = NUMBER_AT_END.fullmatch(self.name.rpartition("/")[2])
        return int(match[2]) if match else None


def pair_files(predicted: Path, truth: Path) -> list[Pair]:
    """The frames of both folders in the order of their names.

    Raises: NoMatchError for a folder that is not there or empty; InputError that lists what is missing or too much.
    """
    ours, theirs = _by_name(predicted, PREDICTION_SUFFIXES), _by_name(truth, TRUTH_SUFFIXES)
    missing, surplus = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
    complaints = []
    if missing:
        complaints.append(f"no prediction in {predicted} for {listed(missing)}")
    if surplus:
        complaints.append(f"no truth in {truth} for {listed(surplus)}")
    if complaints:
        raise InputError(f"{'; '.join(complaints)}: names without suffix must be the same in both folders")
    return [Pair(name, ours[name], theirs[name]) for name in sorted(theirs)]


def listed(names: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{', '.join(names[:LISTED])}{more}"


def _by_name(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    if not folder.is_dir():
        raise NoMatchError(f"{folder}: no such folder; name the folder of predictions, then the folder of the truth")
    found: dict[str, Path] = {}
    doubled: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and path.is_file():
            name = path.relative_to(folder).with_suffix("").as_posix()
            if name in found:
                doubled.append(name)
            found[name] = path
    if doubled:
        raise InputError(f"{folder}: two files for {listed(doubled)}; keep one of each")
    if not found:
        raise NoMatchError(f"{folder}: holds no {' or '.join(suffixes)} file")
    return found
