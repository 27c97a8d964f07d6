"""Bilinear interpolation and pooling of maps in NumPy, so that results are rendered without torch."""

import numpy as np
from jaxtyping import Float

Box = tuple[slice, slice]  # rows and columns of an image
EVERYTHING: Box = (slice(None), slice(None))


def upsample(
    map_: Float[np.ndarray, "height width"], size: tuple[int, int], box: Box = EVERYTHING
) -> Float[np.ndarray, "rows columns"]:
    """Bilinear interpolation to (height, width), as torch's without aligned corners; of that, the pixels of a box.

    About as fast as torch's.
    """
    columns = _between(np.ascontiguousarray(map_.T, np.float32), size[1], box[1])
    return _between(np.ascontiguousarray(columns.T), size[0], box[0])


def _between(map_: Float[np.ndarray, "rows columns"], length: int, part: slice) -> Float[np.ndarray, "taken columns"]:
    """The rows at `part` of so many that lie evenly over the map's rows."""
    count = len(map_)
    at = np.clip((np.arange(length)[part] + 0.5) * (count / length) - 0.5, 0, count - 1)
    lower = at.astype(np.intp)
    steps = np.zeros_like(map_)
    np.subtract(map_[1:], map_[:-1], out=steps[:-1])
    out: np.ndarray = steps.take(lower, axis=0)  # in place from here on: new arrays cost more than the arithmetic
    out *= (at - lower).astype(np.float32)[:, None]
    out += map_.take(lower, axis=0)
    return out


def pool(map_: np.ndarray, size: tuple[int, int], combine: np.ufunc) -> np.ndarray:
    """The last two axes divided into (rows, columns) blocks, each combined by `np.add` or `np.maximum`."""
    for axis, length in ((-2, size[0]), (-1, size[1])):
        map_ = combine.reduceat(map_, np.arange(length) * map_.shape[axis] // length, axis=axis)
    return map_


def mean_pool(map_: Float[np.ndarray, "*batch height width"], size: tuple[int, int]) -> np.ndarray:
    """The mean of each block of a map; itself where it has that size."""
    if map_.shape[-2:] == size:
        return map_
    ones = np.ones(map_.shape[-2:], np.float32)
    pooled: np.ndarray = pool(map_, size, np.add) / pool(ones, size, np.add)
    return pooled


def max_of_cells(maps: Float[np.ndarray, "*batch height width"]) -> Float[np.ndarray, "*batch rows columns"]:
    """The maximum of each four neighbors, the border replicated: what a pixel between them cannot exceed."""
    bordered = np.pad(maps, [(0, 0)] * (maps.ndim - 2) + [(1, 1), (1, 1)], mode="edge")
    rows = np.maximum(bordered[..., 1:, :], bordered[..., :-1, :])
    out: np.ndarray = np.maximum(rows[..., 1:], rows[..., :-1])
    return out
