"""Connected components of a small map of integers, in NumPy."""

import numpy as np
from jaxtyping import Int


def label_components(values: Int[np.ndarray, "rows columns"]) -> Int[np.ndarray, "rows columns"]:
    """The number of each cell's component: cells of one value that touch at a side or a corner; 0 where the value is 0.

    Components are numbered from 1 on in the order of their first cells, row by row. A row falls into runs of equal
    values, and runs that touch those of the row before are joined.
    """
    separated = np.pad(values, ((0, 0), (0, 1)))  # a column of zeros, so that no run continues in the next row
    flat = separated.ravel()
    bounds = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [len(flat)]])
    starts, ends, values_of_runs = bounds[:-1], bounds[1:], flat[bounds[:-1]]
    wanted = values_of_runs != 0
    starts, ends, values_of_runs = starts[wanted], ends[wanted], values_of_runs[wanted]
    one, other = _touching_runs(starts, ends, separated.shape[1])
    equal = values_of_runs[one] == values_of_runs[other]
    joined = _join(len(starts), one[equal], other[equal])
    numbers = np.unique(joined, return_inverse=True)[1] + 1
    labels = np.zeros(separated.shape, np.int64)
    labels[separated != 0] = np.repeat(numbers, ends - starts)
    return labels[:, :-1]


def _touching_runs(
    starts: Int[np.ndarray, " runs"], ends: Int[np.ndarray, " runs"], width: int
) -> tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]:
    """Each run with every run of the next row that it touches at a side or a corner."""
    first = np.searchsorted(ends, starts + width, side="left")
    behind = np.searchsorted(starts, ends + width, side="right")
    counts = np.maximum(behind - first, 0)
    one = np.repeat(np.arange(len(starts)), counts)
    within = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    return one, first[one] + within


def _join(count: int, one: Int[np.ndarray, " pairs"], other: Int[np.ndarray, " pairs"]) -> Int[np.ndarray, " runs"]:
    """The lowest run that each run is connected to by pairs."""
    root = np.arange(count)
    while (root[one] != root[other]).any():
        lower = np.minimum(root[one], root[other])
        np.minimum.at(root, root[one], lower)
        np.minimum.at(root, root[other], lower)
        root = root[root]
    return root
