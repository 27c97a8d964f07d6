"""How far confidence can be believed: calibration error and risk-coverage, from histograms of 256 bins."""

import numpy as np
from jaxtyping import Int64

GROUPS = 16  # bins of the calibration error, of 16 of the 256 each

Histogram = Int64[np.ndarray, "2 256"]  # wrongly and rightly labelled pixels by their confidence


def expected_calibration_error(histogram: Histogram) -> float | None:
    """Mean distance of confidence and accuracy over 16 bins, weighted by their pixels; None without pixels.

    A pixel's confidence is taken as the middle of its 1/256.
    """
    pixels = histogram.sum()
    if not pixels:
        return None
    middles = (np.arange(histogram.shape[1]) + 0.5) / histogram.shape[1]
    surplus = (histogram.sum(axis=0) * middles - histogram[1]).reshape(GROUPS, -1).sum(axis=1)
    return float(np.abs(surplus).sum() / pixels)


def area_under_risk_coverage(histogram: Histogram) -> float | None:
    """Mean share of wrong pixels among the most confident ones, over all coverages from 0 to 1; None without pixels.

    Pixels of one bin come in random order, as a mean over all orders: the integral of (wrong + w x) / (all + n x)
    over x from 0 to 1, n pixels and w wrong ones in the bin, is exact for many pixels.
    """
    wrong, right = histogram[:, ::-1].astype(np.float64)
    inside = wrong + right
    wrong, inside = wrong[inside > 0], inside[inside > 0]
    if not len(inside):
        return None
    before, wrong_before = inside.cumsum() - inside, wrong.cumsum() - wrong
    area = wrong.copy()
    later = before > 0
    slope = wrong_before[later] - wrong[later] * before[later] / inside[later]
    area[later] += slope * np.log1p(inside[later] / before[later])
    return float(area.sum() / inside.sum())
