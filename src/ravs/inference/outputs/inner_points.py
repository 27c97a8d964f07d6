"""Points well inside a mask, far from each other: clicks on an object, as promptable segmentation takes them."""

import numpy as np
from jaxtyping import Bool, Int

NUM_POINTS = 3
LEAST_DEPTH = 0.5  # of the deepest pixel's depth


def inner_points(mask: Bool[np.ndarray, "height width"], count: int = NUM_POINTS) -> list[tuple[int, int]]:
    """`count` pixels (x, y) of a mask that is not empty: its deepest, then each the farthest from those before.

    Candidates are at least half as deep as the deepest pixel. Where there are fewer than `count`, points come again.
    """
    depth = depth_inside(mask)
    rows, columns = np.nonzero(depth >= max(1, LEAST_DEPTH * depth.max()))
    places, depths = np.stack([columns, rows], axis=1), depth[rows, columns]
    deepest = places[depths == depths.max()]
    chosen = [_nearest(deepest, deepest.mean(axis=0))]
    distances = np.full(len(places), np.inf)
    while len(chosen) < count:
        distances = np.minimum(distances, ((places - chosen[-1]) ** 2).sum(axis=1))
        chosen.append(places[distances.argmax()])
    return [(int(x), int(y)) for x, y in chosen]


def depth_inside(mask: Bool[np.ndarray, "height width"]) -> Int[np.ndarray, "height width"]:
    """Steps along rows and columns from each pixel to the nearest one outside the mask; beyond the edge is outside."""
    inside = np.pad(mask, 1)
    far = sum(inside.shape)
    depth = np.where(inside, far, 0)
    for axis in (0, 1):
        steps = np.arange(inside.shape[axis]).reshape((-1, 1) if axis == 0 else (1, -1))
        before = np.minimum.accumulate(depth - steps, axis) + steps
        after = np.flip(np.minimum.accumulate(np.flip(depth + steps, axis), axis), axis) - steps
        depth = np.minimum(before, after)
    return depth[1:-1, 1:-1]


def _nearest(places: Int[np.ndarray, "pixels 2"], aim: np.ndarray) -> Int[np.ndarray, "2"]:
    nearest: np.ndarray = places[((places - aim) ** 2).sum(axis=1).argmin()]
    return nearest
