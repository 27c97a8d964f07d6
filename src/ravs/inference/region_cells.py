"""The cells that regions are made of: elements of the model's maps, or where these are large, squares of them."""

from math import ceil

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.inference.postprocess import INTERPOLATION_TOLERANCE
from ravs.structures.mask_rule import is_sounding

MAX_CELLS = 96  # of a side: larger maps, as of guided outlines, are divided into so many cells


def to_cells(
    probabilities: Float[Tensor, "seconds classes height width"], threshold: float
) -> tuple[Float[Tensor, "seconds sounds rows columns"], Bool[Tensor, "seconds rows columns"]]:
    """Probabilities of the classes but background, and what sounds, on a map of at most MAX_CELLS a side.

    A cell of several elements has the probabilities of its middle, and sounds where any of them does.
    """
    factor = cell_size(probabilities.shape[-2:])
    classes = probabilities[:, 1:]
    # every pixel that sounds after interpolation has a sounding cell beside it
    sounding = is_sounding(probabilities[:, 0], threshold - INTERPOLATION_TOLERANCE)
    if factor == 1:
        return classes, sounding
    for axis in (2, 3):
        middles = torch.arange(factor // 2, classes.shape[axis] + factor // 2, factor, device=classes.device)
        classes = classes.index_select(axis, middles.clamp(max=classes.shape[axis] - 1))
    return classes, F.max_pool2d(sounding[:, None].float(), factor, ceil_mode=True)[:, 0] > 0


def cell_size(size: tuple[int, ...]) -> int:
    """The side of a cell of a map of this size, in elements of the map."""
    return ceil(max(size) / MAX_CELLS)


def at_size(maps: Int[Tensor, "seconds rows columns"], size: tuple[int, int]) -> Int[Tensor, "seconds height width"]:
    """Maps of cells at the size (height, width) of the maps that the cells were made from."""
    side = cell_size(size)
    larger = maps.repeat_interleave(side, dim=1).repeat_interleave(side, dim=2)
    return larger[:, : size[0], : size[1]]
