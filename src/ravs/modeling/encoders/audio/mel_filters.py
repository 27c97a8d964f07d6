"""Mel filter banks: bins of a spectrum to the bands of VGGish, HTSAT, aiSFX and our own audio encoders."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def triangular_filters(edges: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Triangles of peak 1: filter i rises from edge i to i + 1 and falls to i + 2. Returns points, filters."""
    point = points[:, None]
    rising = (point - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - point) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling))


@lru_cache
def vggish_filters() -> NDArray[np.float32]:
    """257 bins to 64 bands, 125-7500 Hz, linear in HTK's mel, peak 1, nothing from the constant bin."""
    points = 1127 * np.log1p(np.linspace(0, 8000, 257) / 700)
    edges = 1127 * np.log1p(np.array([125.0, 7500.0]) / 700)
    weights = triangular_filters(np.linspace(edges[0], edges[1], 66), points)
    weights[0] = 0
    return weights.astype(np.float32)


@lru_cache
def slaney_filters() -> NDArray[np.float32]:
    """513 bins to 64 bands for 32 kHz, 50-14000 Hz: Slaney's mel, triangles linear in Hz, each of unit area."""
    log_step = math.log(6.4) / 27  # above 1000 Hz, which is mel 15
    lowest, highest = 50 * 3 / 200, 15 + math.log(14.0) / log_step
    mels = np.linspace(lowest, highest, 66)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(log_step * (mels - 15)))
    weights: NDArray[np.float64] = triangular_filters(edges, np.linspace(0, 16_000, 513)) * 2 / (edges[2:] - edges[:-2])
    return weights.astype(np.float32)


@lru_cache
def aisfx_filters() -> NDArray[np.float32]:
    """1025 bins to 96 bands for 44.1 kHz, 0-22050 Hz, linear in HTK's mel, the weights of each adding up to 1."""
    points = 1127 * np.log1p(np.linspace(0, 22_050, 1025) / 700)
    weights = triangular_filters(np.linspace(0, points[-1], 98), points)
    normalized: NDArray[np.float64] = weights / weights.sum(axis=0)
    return normalized.astype(np.float32)
