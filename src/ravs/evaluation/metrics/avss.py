"""AVSBench's per-frame semantic protocol (AVSB:avss/utils/compute_color_metrics.py): frames have equal weight."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import BETA_SQUARED
from ravs.evaluation.metrics.protocol import MetricProtocol, Metrics, Sums

SLOTS = 10  # frames to which AVSBench pads every clip
EPSILON = 2.2e-16


class AvssProtocol(MetricProtocol):
    """J and F per class and frame, averaged over the frames with the class in ground truth or prediction."""

    name: ClassVar = "avss"
    line: ClassVar = "per frame, of the frames given; mean over all classes, absent ones as 0; background included"
    resampled = ("by_frame",)

    def count(self, frame: FrameCounts) -> Sums:
        """J, F and 1 for each class that the frame has in ground truth or prediction, else zeros."""
        both, predicted, true = frame.winner_areas
        union = predicted + true - both
        precision, recall = both / np.maximum(predicted, 1), both / np.maximum(true, 1)
        denominator = BETA_SQUARED * precision + recall
        numerator = (1 + BETA_SQUARED) * precision * recall
        f = np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1), 0)
        return {"by_frame": np.stack([both / (union + EPSILON), f, union > 0])}

    def metrics(self, sums: Sums) -> Metrics:
        """Means over all classes, without background (Stepping-Stones), and without the last (AVSBench's code)."""
        j, f = self._classes(sums)
        metrics = {"j": j.mean(axis=-1), "f": f.mean(axis=-1)}
        for name, columns in (("without_background", slice(1, None)), ("without_last_class", slice(None, -1))):
            metrics |= {f"j_{name}": j[..., columns].mean(axis=-1), f"f_{name}": f[..., columns].mean(axis=-1)}
        return metrics | {"jf": (metrics["j"] + metrics["f"]) / 2}

    def by_class(self, sums: Sums) -> dict[str, np.ndarray]:
        """J and F of each class; 0 for one that no frame has."""
        return dict(zip(("j", "f"), self._classes(sums), strict=True))

    def _classes(self, sums: Sums) -> tuple[np.ndarray, np.ndarray]:
        j, f, frames = np.moveaxis(sums["by_frame"], -2, 0)
        return j / np.maximum(frames, EPSILON), f / np.maximum(frames, EPSILON)


class AvssPaddedProtocol(AvssProtocol):
    """The same with each clip padded to ten frames of perfect background."""

    name: ClassVar = "avss_padded"
    line: ClassVar = "as avss, with clips padded to 10 frames, each pad a perfect frame of background (AVSBench's code)"

    def join(self, frames: Sequence[Sums]) -> Sums:
        """Sums of the clip's frames and of its padding."""
        sums = super().join(frames)
        padded = sums["by_frame"].copy()
        padded[:, 0] += max(SLOTS - len(frames), 0)
        return {"by_frame": padded}
