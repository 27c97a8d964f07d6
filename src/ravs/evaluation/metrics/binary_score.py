"""Binary J and F (sounding or silent) over a data set: counts are added up, ratios taken at the end.

Per dataset as CAVP and DDESeg count (pixels of all frames together), but without background. Results do not depend on
batch size, order or padding.
"""

from dataclasses import dataclass

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.evaluation.metrics.jaccard_f import f_measure, jaccard


@dataclass
class BinaryScore:
    """Pixel counts so far: true and false positives, false negatives, all pixels, right classes."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    pixels: int = 0
    right_class: int = 0

    def add(self, labels: np.ndarray, masks: np.ndarray) -> None:
        """Count predicted class indices against true ones of any shape; 0 is background, 255 in masks is ignored.

        Raises: ValueError where the shapes differ.
        """
        if labels.shape != masks.shape:
            raise ValueError(f"labels have shape {labels.shape}, true masks {masks.shape}: resize one of them")
        counted = masks != IGNORE_INDEX
        predicted, true = (labels > 0) & counted, (masks > 0) & counted
        both = predicted & true
        self.true_positives += int(both.sum())
        self.false_positives += int((predicted & ~true).sum())
        self.false_negatives += int((true & ~predicted).sum())
        self.right_class += int((both & (labels == masks)).sum())
        self.pixels += int(counted.sum())

    @property
    def j(self) -> float:
        """Intersection over union of the sounding pixels; 1 where nothing sounds and nothing is marked."""
        return float(jaccard(*self._areas)) if any(self._areas) else 1.0

    @property
    def f(self) -> float:
        """F-measure with beta² = 0.3 from the same counts."""
        return float(f_measure(*self._areas)) if any(self._areas) else 1.0

    @property
    def _areas(self) -> tuple[int, int, int]:
        """Pixels in both, marked, and truly sounding."""
        found = self.true_positives
        return found, found + self.false_positives, found + self.false_negatives

    @property
    def jf(self) -> float:
        """Mean of J and F."""
        return (self.j + self.f) / 2

    @property
    def marked(self) -> float:
        """Share of all pixels that were marked as sounding."""
        return (self.true_positives + self.false_positives) / max(self.pixels, 1)

    @property
    def class_accuracy(self) -> float:
        """Share of the rightly marked pixels that also have the right class."""
        return self.right_class / max(self.true_positives, 1)
