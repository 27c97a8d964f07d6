"""J and F from pixel counts, over any leading axes; NaN where a denominator is zero."""

from typing import Any

import numpy as np

BETA_SQUARED = 0.3  # of F, as in every published implementation

Array = Any  # a number, or an array of them


def ratio(part: Array, total: Array) -> Array:
    """part / total, NaN where the total is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part, np.float64) / np.asarray(total, np.float64)


def jaccard(both: Array, marked: Array, true: Array) -> Array:
    """Intersection over union of what is marked and what is true."""
    return ratio(both, marked + true - both)


def f_measure(both: Array, marked: Array, true: Array, beta_squared: float = BETA_SQUARED) -> Array:
    """F-measure from precision both / marked and recall both / true, without computing either."""
    return ratio((1 + beta_squared) * both, marked + beta_squared * true)


def mean(values: Array, counted: Array) -> Array:
    """Mean over the last axis of the counted values; NaN without any."""
    return ratio(np.where(counted, values, 0.0).sum(axis=-1), np.sum(counted, axis=-1))
