"""Pairs the prediction and ground-truth files of two folders by name."""

import re
from pathlib import Path
from typing import NamedTuple

from ravs.errors import InputError, NoMatchError, list_names

TRUTH_SUFFIXES = (".png",)
PREDICTION_SUFFIXES = (".png", ".npy")
MAX_LISTED = 50
NUMBER_AT_END = re.compile(r"(|.*?\D)(\d{1,8})")  # longer numbers are image IDs, such as COCO's of twelve digits


class Pair(NamedTuple):
    """A frame: its name without suffix, relative to the folders, and its two files."""

    name: str
    prediction: Path
    truth: Path

    @property
    def video(self) -> str:
        """The name without the number at its end, which frames of one video share."""
        match = NUMBER_AT_END.fullmatch(self.name.rpartition("/")[2])
        folder = self.name.rpartition("/")[0]
        return f"{folder}/{match[1].removesuffix('_')}" if match else self.name

    @property
    def second(self) -> int | None:
        """The number at the end of the name, if any: frames whose numbers differ by 1 are neighbors in time."""
        match = NUMBER_AT_END.fullmatch(self.name.rpartition("/")[2])
        return int(match[2]) if match else None


def pair_files(predicted: Path, truth: Path) -> list[Pair]:
    """The frames of both folders, sorted by name.

    Raises: NoMatchError for a missing or empty folder; InputError that lists missing and surplus files.
    """
    predictions, truths = _by_name(predicted, PREDICTION_SUFFIXES), _by_name(truth, TRUTH_SUFFIXES)
    missing, surplus = sorted(truths.keys() - predictions.keys()), sorted(predictions.keys() - truths.keys())
    complaints = []
    if missing:
        complaints.append(f"no prediction in {predicted} for {list_names(missing, MAX_LISTED)}")
    if surplus:
        complaints.append(f"no truth in {truth} for {list_names(surplus, MAX_LISTED)}")
    if complaints:
        raise InputError(f"{'; '.join(complaints)}: names without suffix must be the same in both folders")
    return [Pair(name, predictions[name], truths[name]) for name in sorted(truths)]


def pair_listed(predicted: Path, truth: Path, file: Path) -> list[Pair]:
    """The frames that a file lists, one per line, in order: relative to both folders, with or without suffix.

    Raises: InputError if it cannot be read, is empty, or a frame lacks a prediction or true mask, or has two.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as a list of frames ({error}): write a name a line") from None
    names = [name.removesuffix(".png").removesuffix(".npy") for name in lines if name]
    if not names:
        raise InputError(f"{file}: names no frame: write a name a line, relative to both folders")
    found = [
        (name, _files(predicted, name, PREDICTION_SUFFIXES), _files(truth, name, TRUTH_SUFFIXES)) for name in names
    ]
    complaints = [
        f"{what} {list_names(wrong, MAX_LISTED)}"
        for what, wrong in (
            (f"no prediction in {predicted} for", [name for name, predictions, _ in found if not predictions]),
            (f"no truth in {truth} for", [name for name, _, truths in found if not truths]),
            (f"two files in {predicted} for", [name for name, predictions, _ in found if len(predictions) > 1]),
        )
        if wrong
    ]
    if complaints:
        raise InputError(f"{'; '.join(complaints)}: each frame of {file} needs one prediction and one true mask")
    return [Pair(name, predictions[0], truths[0]) for name, predictions, truths in found]


def _files(folder: Path, name: str, suffixes: tuple[str, ...]) -> list[Path]:
    paths = [folder / f"{name}{suffix}" for suffix in suffixes]
    return [path for path in paths if path.is_file()]


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
        raise InputError(f"{folder}: two files for {list_names(doubled, MAX_LISTED)}; keep one of each")
    if not found:
        raise NoMatchError(f"{folder}: holds no {' or '.join(suffixes)} file")
    return found
