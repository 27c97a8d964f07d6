"""Bootstrap intervals over videos; the seed alone decides which videos are drawn."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

RESAMPLES = 1000
BLOCK = 50  # resamples computed at once
LEVEL = 0.95


class SparseRows:
    """Arrays of one shape, stored without zeros: of 71 classes a video has two or three."""

    def __init__(self) -> None:
        self._indices: list[np.ndarray] = []
        self._values: list[np.ndarray] = []
        self._shape: tuple[int, ...] = ()

    def add(self, row: np.ndarray) -> None:
        """Append an array."""
        indices = np.flatnonzero(row)
        self._shape = row.shape
        self._indices.append(indices.astype(np.uint32))
        self._values.append(row.ravel()[indices])

    def weighted(self, weights: Float64[np.ndarray, "resamples rows"]) -> np.ndarray:
        """Weighted sums of the rows: (resamples, *shape)."""
        total = np.zeros((len(weights), int(np.prod(self._shape))))
        for start in range(0, len(self._indices), 4096):
            block = slice(start, start + 4096)
            dense = np.zeros((len(self._indices[block]), total.shape[1]))
            for row, indices, values in zip(dense, self._indices[block], self._values[block], strict=True):
                row[indices] = values
            total += weights[:, block] @ dense
        return total.reshape(len(weights), *self._shape)


def resample_weights(units: int, seed: int, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """Blocks of weights (resamples, units): how often each unit is drawn, with replacement, in each resample."""
    rng = np.random.default_rng([seed, units])
    for start in range(0, resamples, BLOCK):
        count = min(BLOCK, resamples - start)
        picks = rng.integers(0, units, (count, units))
        yield np.stack([np.bincount(pick, minlength=units) for pick in picks]).astype(np.float64)


def interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float] | None:
    """The central interval of resampled values at this level; None if all are NaN."""
    known = np.asarray(values)[~np.isnan(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
