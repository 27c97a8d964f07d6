"""How much of each cut-out an arrangement shows."""

from collections.abc import Sequence

import cv2
import numpy as np

from ravs.data.composition.render import place_cutout
from ravs.data.composition.scene import PlacedObject
from ravs.data.library.library import Library


def cutout_visibility(objects: Sequence[PlacedObject], library: Library, side: int) -> list[tuple[float, float]]:
    """Of each cut-out the share of its alpha that is inside the frame, and the uncovered share of that."""
    uncovered = np.ones((side, side), np.float32)
    shares: list[tuple[float, float]] = []
    for obj in reversed(objects):
        alpha = _small_alpha(library.cutout(obj.cutout), obj, side)
        rows, columns, patch = place_cutout(alpha, obj.tilt_degrees, obj.x, obj.y, side)
        inside = float(patch.sum())
        seen = float((patch * uncovered[rows, columns]).sum()) / max(inside, 1e-6)
        shares.append((inside / max(float(alpha.sum()), 1e-6), seen))
        uncovered[rows, columns] *= 1 - patch
    return shares[::-1]


def _small_alpha(rgba: np.ndarray, obj: PlacedObject, side: int) -> np.ndarray:
    """The alpha channel at its size in a frame, 0 to 1."""
    height, width = (max(1, round(length * obj.side * side / max(rgba.shape[:2]))) for length in rgba.shape[:2])
    alpha = cv2.resize(np.ascontiguousarray(rgba[..., 3]), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(alpha[:, ::-1] if obj.mirrored else alpha, np.float32) / 255
