"""Boundaries of masks matched within a tolerance, as in the boundary measure of DAVIS."""

import math

import numpy as np
from jaxtyping import Bool, Int64

TOLERANCE = 0.008  # of the image diagonal, rounded up to full pixels (DAVIS)

Mask = Bool[np.ndarray, "height width"]


def boundary_matches(marked: Mask, true: Mask) -> Int64[np.ndarray, "4"]:
    """Boundary pixels of the marked mask, how many lie near the true boundary, and the same vice versa."""
    borders = border(marked), border(true)
    counts = [int(np.count_nonzero(one)) for one in borders]
    if 0 in counts:
        return np.array([counts[0], 0, counts[1], 0], np.int64)
    radius = math.ceil(TOLERANCE * math.hypot(*marked.shape))
    near = [int(np.count_nonzero(one & dilated(other, radius))) for one, other in (borders, borders[::-1])]
    return np.array([counts[0], near[0], counts[1], near[1]], np.int64)


def border(mask: Mask) -> Mask:
    """Pixels whose right, lower or lower right neighbor differs (DAVIS); the edge of the image is no boundary."""
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, :-1] ^ mask[:, 1:]
    edge[:-1] |= mask[:-1] ^ mask[1:]
    edge[:-1, :-1] |= mask[:-1, :-1] ^ mask[1:, 1:]
    return edge


def dilated(mask: Mask, radius: int) -> Mask:
    """The mask dilated by a disk of this radius."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom = max(rows[0] - radius, 0), rows[-1] + radius + 1
    left, right = max(columns[0] - radius, 0), columns[-1] + radius + 1
    grown = np.zeros_like(mask)
    window = mask[top:bottom, left:right]  # dilation reaches nothing outside
    target, height = grown[top:bottom, left:right], window.shape[0]
    wide, reach = window.copy(), 0
    for offset in range(radius, -1, -1):  # rows of the disk, narrowest first
        wanted = math.isqrt(radius**2 - offset**2)
        wide, reach = widened(wide, wanted - reach), wanted
        target[offset:] |= wide[: height - offset]
        target[: height - offset] |= wide[offset:]
    return grown


def widened(mask: Mask, steps: int) -> Mask:
    """The mask dilated horizontally by `steps` pixels."""
    for _ in range(steps):
        wider = mask.copy()
        wider[:, 1:] |= mask[:, :-1]
        wider[:, :-1] |= mask[:, 1:]
        mask = wider
    return mask
