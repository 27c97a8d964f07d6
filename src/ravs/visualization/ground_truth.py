"""Ground-truth masks: beside a composed clip's video, in a given folder, or of a data set's clip."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ravs.config.labels import IGNORE_INDEX
from ravs.data.mask_files import AS_STORED, indices_of_colors, read_pixels
from ravs.errors import InputError


@dataclass(frozen=True, kw_only=True)
class GroundTruth:
    """Mask files, one per second in order, and names of the values in them, as far as they are known."""

    paths: tuple[Path, ...]
    names: dict[int, str] = field(default_factory=dict)

    def of_second(self, second: int) -> dict[str, np.ndarray]:
        """Boolean masks by name of what sounds in a second (from 0).

        Raises: InputError if it has no mask, DecodeError if the mask cannot be read.
        """
        if second >= len(self.paths):
            raise InputError(
                f"{self.paths[0].parent} holds {len(self.paths)} masks, none of second {second + 1}: one a second is "
                "needed; or draw fewer seconds with --end"
            )
        _, pixels = read_pixels(self.paths[second], AS_STORED)
        values = pixels if pixels.ndim == 2 else indices_of_colors(self.paths[second], pixels)
        if set(np.unique(values)) <= {0, IGNORE_INDEX}:  # a mask in black and white
            return {"sounding": values == IGNORE_INDEX} if values.any() else {}
        present = [int(value) for value in np.unique(values) if value not in (0, IGNORE_INDEX)]
        return {self.names.get(value, f"value {value}"): values == value for value in present}


@dataclass(frozen=True, kw_only=True)
class ClipGroundTruth:
    """The masks of a data set's clip: class indices per second, and class names, background first."""

    masks: UInt8[np.ndarray, "seconds height width"]
    classes: tuple[str, ...]

    def of_second(self, second: int) -> dict[str, np.ndarray] | None:
        """As `GroundTruth.of_second`; None for a second that is not labelled."""
        mask = self.masks[second]
        if (mask == IGNORE_INDEX).all():
            return None
        present = [int(value) for value in np.unique(mask) if value not in (0, IGNORE_INDEX)]
        return {self.classes[value]: mask == value for value in present}


def find_truth(video: Path, folder: Path | None) -> GroundTruth | None:
    """The masks in a folder, by default those of the composed clip that the video belongs to, if any; else None.

    Raises: InputError for a given folder without masks.
    """
    if folder is None:
        described = video.parent / "meta.json"
        if not (described.is_file() and (video.parent / "masks").is_dir()):
            return None
        objects = json.loads(described.read_text(encoding="utf-8")).get("objects", [])
        names = {int(obj["index"]): str(obj["class"]) for obj in objects if obj["index"]}
        return GroundTruth(paths=_in_order(video.parent / "masks"), names=names)
    paths = _in_order(folder)
    if not paths:
        raise InputError(f"--truth {folder}: no .png file lies there; it must hold a mask for each second")
    return GroundTruth(paths=paths)


def _in_order(folder: Path) -> tuple[Path, ...]:
    """PNG files sorted by the numbers in their names: 10.png comes after 9.png."""
    return tuple(sorted(folder.glob("*.png"), key=lambda path: [int(part) for part in re.findall(r"\d+", path.stem)]))
