"""Labels from a folder of PNG masks: corrected results of `ravs segment`, or numbered files."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.data.custom.class_list import CLASSES_FILE, LABELS_FILE, normalize_class_names, read_class_values
from ravs.data.custom.label_source import Instant, Video, fit_to_frame
from ravs.data.mask_files import Labels, LabelTable, inspect_binary, label_table, read_labels
from ravs.errors import InputError
from ravs.structures.json_document import read_document


class VideoMasks(NamedTuple):
    """The masks of a video, by number or by time."""

    by_number: dict[int, Path]
    by_end_ms: dict[int, Path]  # for results of `ravs segment` at any rate; empty: number n is second n
    names: tuple[str, ...] = ()  # the result's classes, without background

    def of(self, instant: Instant) -> Path | None:
        """The mask of an instant, or None."""
        if self.by_end_ms:
            return self.by_end_ms.get(round(1000 * instant.end_s))
        return self.by_number.get(instant.second)


class MaskFolder:
    """DIR/NAME/masks/000000.png as `ravs segment` writes, DIR/NAME/0.png, or DIR/NAME_0.png; the number is the second.

    Classes of values are from classes.txt or labels.json in the folder, else from the result's JSON; then the data set
    has only classes that occur. With `only`, masks are black and white, and white is that class.
    """

    def __init__(self, root: Path, videos: Sequence[Video], only: str | None = None) -> None:
        """Find the masks of all videos. Raises InputError if masks have no class names, or a file does not fit."""
        if not root.is_dir():
            raise InputError(f"--masks {root}: no such folder; give what ravs segment wrote, or a folder of masks")
        self.root = root
        self._only = normalize_class_names([only], "--class") if only is not None else ()
        self._value_of_class = {} if self._only else read_class_values(root)
        self._masks = {video.name: _find_masks(root, video) for video in videos}
        for name, masks in self._masks.items():
            if masks.by_number and not (self._only or self._value_of_class or masks.names):
                raise InputError(
                    f"{root}: nothing names the classes of {name}'s masks: add {CLASSES_FILE} (one name per line, for "
                    f"1, 2, …) or {LABELS_FILE}, keep the JSON of ravs segment beside masks/, or give --class NAME for "
                    "masks of 0 and 255"
                )

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes listed in the folder; of results of `ravs segment`, those in any mask, sorted by name."""
        if self._only or self._value_of_class:
            return self._only or tuple(self._value_of_class)
        occurring = {name for masks in self._masks.values() for name in _occurring_classes(masks)}
        return normalize_class_names(sorted(occurring), f"{self.root}, in all masks of these videos")

    def labels(self, instant: Instant) -> Labels | None:
        """Class indices, with 0 for background and 255 for unknown; None for a second without a mask.

        Raises: InputError or DecodeError that names the file.
        """
        masks = self._masks[instant.video.name]
        path = masks.of(instant)
        if path is None:
            return None
        return fit_to_frame(
            _read_white(path) if self._only else read_labels(path, self._table(masks)), instant.size, path
        )

    def unused_labels(self, instants: Sequence[Instant]) -> tuple[str, ...]:
        """The masks of a video, given its instants, that belong to none of them.

        For results of `ravs segment`, all masks or none, since they may have several masks for each second.
        """
        masks = self._masks[instants[0].video.name]
        used = {masks.of(instant) for instant in instants}
        if masks.by_end_ms and used != {None}:
            return ()
        return tuple(str(path) for path in masks.by_number.values() if path not in used)

    def _table(self, masks: VideoMasks) -> LabelTable:
        """A table from values in a video's masks to class indices; classes without any pixel are left out."""
        values = self._value_of_class or {name: value for value, name in enumerate(masks.names, start=1)}
        index_of_class = {name: index for index, name in enumerate(self.classes, start=1)}
        return label_table(
            {0: 0, **{value: index_of_class[name] for name, value in values.items() if name in index_of_class}}
        )


def _find_masks(root: Path, video: Video) -> VideoMasks:
    """The masks of a video, from the first layout that has any."""
    video_folder = root / video.relative_path
    document = video_folder / f"{video_folder.name}.json"
    if (found := _numbered_files(video_folder / "masks", "")) and document.is_file():
        prediction = read_document(document)
        ends = {round(1000 * frame.end_s): found[frame.index] for frame in prediction.frames if frame.index in found}
        return VideoMasks(found, ends, normalize_class_names(prediction.classes[1:], document))
    return VideoMasks(found or _numbered_files(video_folder, "") or _numbered_files(root, f"{video.name}_"), {})


def _numbered_files(folder: Path, start: str) -> dict[int, Path]:
    """Images named START and a number, by number. Raises InputError if two have the same number."""
    found: dict[int, Path] = {}
    for path in sorted(folder.glob("*.png")) if folder.is_dir() else ():
        number = path.stem.removeprefix(start)
        if not (path.stem.startswith(start) and number.isascii() and number.isdigit()):
            continue
        if int(number) in found:
            raise InputError(f"{path} and {found[int(number)].name} are both mask {int(number)}: keep one of them")
        found[int(number)] = path
    return found


def _occurring_classes(masks: VideoMasks) -> Iterator[str]:
    """The names of the classes in a result's masks. Raises InputError for a value that is no class."""
    known = label_table({value: value for value in range(len(masks.names) + 1)})
    for path in masks.by_number.values():
        values = np.unique(read_labels(path, known)).tolist()
        yield from (masks.names[value - 1] for value in values if 0 < value < IGNORE_INDEX)


def _read_white(path: Path) -> Labels:
    """1 where a black and white mask is white. Raises InputError for masks with more than two values."""
    labels, fault = inspect_binary(path)
    if fault:
        raise InputError(f"{path}, with --class: {fault.partition(':')[0]}; save it in black and white")
    return labels
