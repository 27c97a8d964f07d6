"""Calibration error and area under the risk-coverage curve, from a histogram of doubt.

Doubt is 1 - confidence, or the uncertainty. Most pixels of a trained model have a confidence above 0.999, so bins get
finer toward zero: sixteen to an octave, from 1 down to 2^-24.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int64

OCTAVES, STEPS = 24, 16  # the bin within an octave is the four highest bits of a float's fraction
BINS = OCTAVES * STEPS
FRACTION_BITS = 23 - 4
LOWEST = (127 - OCTAVES) * STEPS  # index that the bits of 2^-24 give
EDGES = np.concatenate([[0], [2.0 ** (i // STEPS - OCTAVES) * (1 + i % STEPS / STEPS) for i in range(1, BINS)], [1]])
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
GROUPS = 16  # equal-width confidence bins of the calibration error; their edges are bin edges, too

Histogram = Int64[np.ndarray, "2 384"]  # wrongly and rightly labelled pixels, by their doubt


def doubt_histogram(doubt: Float32[np.ndarray, " pixels"], right: Bool[np.ndarray, " pixels"]) -> Histogram:
    """How many wrongly and rightly labelled pixels are in each bin of doubt in [0, 1]."""
    bin_index = (doubt.view(np.int32) >> FRACTION_BITS) - LOWEST
    bin_index = np.clip(bin_index, 0, BINS - 1) + right * np.int32(BINS)
    return np.bincount(bin_index, minlength=2 * BINS).reshape(2, BINS).astype(np.int64)


def expected_calibration_error(histogram: Histogram) -> float | None:
    """Mean distance of confidence and accuracy over 16 equal bins, weighted by pixels; None without pixels.

    A pixel's doubt is approximated by the center of its fine bin, to within a thirtieth of the doubt.
    """
    pixels = histogram.sum()
    if not pixels:
        return None
    surplus = histogram.sum(axis=0) * (1 - MIDDLES) - histogram[1]
    by_group = np.bincount((MIDDLES * GROUPS).astype(int), surplus, minlength=GROUPS)
    return float(np.abs(by_group).sum() / pixels)


def area_under_risk_coverage(histogram: Histogram) -> float | None:
    """Mean error rate of the most confident pixels over all coverages from 0 to 1; None without pixels.

    Pixels of one bin come in random order, as a mean over all orders: the integral of (wrong + w x) / (all + n x)
    over x from 0 to 1, n pixels and w wrong ones in the bin, is exact for many pixels.
    """
    wrong, inside = histogram[0].astype(np.float64), histogram.sum(axis=0).astype(np.float64)
    wrong, inside = wrong[inside > 0], inside[inside > 0]
    if not len(inside):
        return None
    before, wrong_before = inside.cumsum() - inside, wrong.cumsum() - wrong
    area = wrong.copy()
    later = before > 0
    slope = wrong_before[later] - wrong[later] * before[later] / inside[later]
    area[later] += slope * np.log1p(inside[later] / before[later])
    return float(area.sum() / inside.sum())
