"""Published per-dataset protocols of CAVP and DDESeg: pixels are counted per class over the whole set."""

from typing import ClassVar

import numpy as np

from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import Array, f_measure, mean
from ravs.evaluation.metrics.protocol import MetricProtocol, Metrics, Sums


class PerDatasetProtocol(MetricProtocol):
    """Shared counting: pixels by the class with the largest score, background included."""

    resampled = ("areas",)

    def count(self, frame: FrameCounts) -> Sums:
        """Pixels of each class in both, in the prediction, and in the ground truth."""
        return {"areas": frame.winner_areas}


class CavpProtocol(PerDatasetProtocol):
    """CAVP's protocol (CAVP:utils/eval_utils.py)."""

    name: ClassVar = "cavp"
    line: ClassVar = "per dataset; J over all classes, absent ones as 0; F over those that occur; background included"

    def metrics(self, sums: Sums) -> Metrics:
        """As in CAVP's code before rounding to four decimals; f1 is F with beta 1."""
        both, predicted, true = np.moveaxis(sums["areas"], -2, 0)
        j = (both / (predicted + true - both + 2.2e-16)).mean(axis=-1)
        f, f1 = (_mean_of_defined(f_measure(both, predicted, true, beta)) for beta in (0.3, 1.0))
        return {"j": j, "f": f, "jf": (j + f) / 2, "f1": f1}


class DdeSegProtocol(PerDatasetProtocol):
    """DDESeg's protocol (DDE:util_tools/metrics.py)."""

    name: ClassVar = "ddeseg"
    line: ClassVar = "per dataset; J and F over the classes that occur in truth or prediction; background included"

    def metrics(self, sums: Sums) -> Metrics:
        """With DDESeg's epsilons in the denominators; f1 is F with beta 1."""
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
    """Mean of the values that are not NaN; NaN if all are."""
    return mean(values, ~np.isnan(values))
