"""The cells that regions are made of: elements of the model's maps, or where these are large, squares of them."""

from math import ceil

import numpy as np
from jaxtyping import Bool, Float, Int

from ravs.inference.interpolation import pool
from ravs.inference.postprocess import INTERPOLATION_TOLERANCE

MAX_CELLS = 96  # of a side: larger maps, as of guided outlines, are divided into so many cells


def to_cells(
    sounding: Float[np.ndarray, "seconds height width"],
    classes: Float[np.ndarray, "seconds sounds low_height low_width"],
    threshold: float,
) -> tuple[Float[np.ndarray, "seconds sounds rows columns"], Bool[np.ndarray, "seconds rows columns"]]:
    """Probabilities of the classes, and what sounds, on a map of at most MAX_CELLS a side.

    A cell of several elements has the probabilities of its middle, and sounds where any of them does.
    """
    factor = cell_size(classes.shape[-2:])
    # every pixel that sounds after interpolation has a sounding cell beside it
    marked = pool(sounding, classes.shape[-2:], np.maximum) > threshold - INTERPOLATION_TOLERANCE
    if factor == 1:
        return classes, marked
    for axis in (2, 3):
        middles = np.arange(factor // 2, classes.shape[axis] + factor // 2, factor)
        classes = classes.take(middles.clip(max=classes.shape[axis] - 1), axis=axis)
        marked = np.logical_or.reduceat(marked, np.arange(0, marked.shape[axis - 1], factor), axis=axis - 1)
    return classes, marked


def cell_size(size: tuple[int, ...]) -> int:
    """The side of a cell of a map of this size, in elements of the map."""
    return ceil(max(size) / MAX_CELLS)


def at_size(
    maps: Int[np.ndarray, "seconds rows columns"], size: tuple[int, int]
) -> Int[np.ndarray, "seconds height width"]:
    """Maps of cells at the size (height, width) of the maps that the cells were made from."""
    side = cell_size(size)
    larger = maps.repeat(side, axis=1).repeat(side, axis=2)
    return larger[:, : size[0], : size[1]]
