"""Published per-dataset protocols: one count of pixels per class over the whole set, as CAVP and DDESeg have it."""

from typing import ClassVar

import numpy as np

from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import Array, f_measure, mean
from ravs.evaluation.metrics.protocol import Figures, MetricProtocol, Sums


class PerDatasetProtocol(MetricProtocol):
    """What both have in common: pixels by the class with the largest score, background a class like others."""

    resampled = ("areas",)

    def count(self, frame: FrameCounts) -> Sums:
        """Pixels of each class in both, predicted, and true."""
        return {"areas": frame.winner_areas}


class CavpProtocol(PerDatasetProtocol):
    """CAVP:utils/eval_utils.py."""

    name: ClassVar = "cavp"
    line: ClassVar = "per dataset; J over all classes, absent ones as 0; F over those that occur; background included"

    def figures(self, sums: Sums) -> Figures:
        """As CAVP's code has them before it rounds to four decimals; f1 is F with beta 1."""
        both, predicted, true = np.moveaxis(sums["areas"], -2, 0)
        j = (both / (predicted + true - both + 2.2e-16)).mean(axis=-1)
        f, f1 = (_mean_of_defined(f_measure(both, predicted, true, beta)) for beta in (0.3, 1.0))
        return {"j": j, "f": f, "jf": (j + f) / 2, "f1": f1}


class DdeSegProtocol(PerDatasetProtocol):
    """DDE:util_tools/metrics.py."""

    name: ClassVar = "ddeseg"
    line: ClassVar = "per dataset; J and F over the classes that occur in truth or prediction; background included"

    def figures(self, sums: Sums) -> Figures:
        """With DDESeg's small numbers in the denominators; f1 is F with beta 1."""
        both, predicted, true = np.moveaxis(sums["areas"], -2, 0)
        union = predicted + true - both
        precision, recall = both / (predicted + 1e-10), both / (true + 1e-10)
        j = mean(both / (union + 1e-10), union > 0)
        f, f1 = (
            mean((1 + beta) * precision * recall / (beta * precision + recall + 1e-10), union > 0)
            for beta in (0.3, 1.0)
        )
        return {"j": j, "f": f, "jf": (j + f) / 2, "f1": f1}


def _mean_of_defined(values: np.ndarray) -> Array:
    """Mean of what is not NaN; NaN if all are."""
    return mean(values, ~np.isnan(values))
