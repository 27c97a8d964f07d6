"""AVSBench's per-frame binary protocol (AVSB:avs_s4/utils/utility.py), whose F depends on the batch size."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ravs.evaluation.metrics.bootstrap import SparseRows
from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import BETA_SQUARED
from ravs.evaluation.metrics.protocol import MetricProtocol, Metrics, Sums, Tally, as_plain_numbers

BATCH_SIZE = 20  # frames: four clips of five, as AVSBench's test script has it


class AvsBenchProtocol(MetricProtocol):
    """J per frame and F at the best of 255 thresholds per batch, both averaged over batches."""

    name: ClassVar = "avsbench"
    line: ClassVar = (
        "per frame, means over batches of batch_size frames in the order of the set's table, or of the names; "
        "F is the best of 255 thresholds in each batch"
    )
    resampled = ("batch",)

    def __init__(self, num_classes: int, batch_size: int = BATCH_SIZE) -> None:
        super().__init__(num_classes)
        self.batch_size = batch_size

    def count(self, frame: FrameCounts) -> Sums:
        """J, whether anything sounds, and F at each threshold (zeros where nothing sounds: such frames are skipped)."""
        both, marked, true = (int(count) for count in frame.winner_areas[:, 1])
        if not true:
            j = (frame.pixels - marked) / (frame.pixels + 1e-7)
            return {"frame": np.concatenate([[j, 0.0], np.zeros(frame.curve.shape[1])])}
        found, at_threshold = frame.curve
        precision, recall = found / (at_threshold + 1e-20), found / (true + 1e-20)
        denominator = BETA_SQUARED * precision + recall
        numerator = (1 + BETA_SQUARED) * precision * recall
        f = np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1), 0)
        return {"frame": np.concatenate([[both / (marked + true - both + 1e-7), 1.0], f])}

    def join(self, frames: Sequence[Sums]) -> Sums:
        """Stack the frames, since batches may begin inside a video."""
        return {"frames": np.stack([frame["frame"] for frame in frames])}

    def batch(self, frames: np.ndarray) -> np.ndarray:
        """J and F of a batch, and 1 to count it; a batch without sounding frames counts with an F of 0."""
        sounding = frames[:, 1] > 0
        f = frames[sounding, 2:].mean(axis=0).max() if sounding.any() else 0.0
        return np.array([frames[:, 0].mean(), f, 1.0])

    def metrics(self, sums: Sums) -> Metrics:
        """Means over the batches."""
        j, f, batches = np.moveaxis(sums["batch"], -1, 0)
        return {"j": j / batches, "f": f / batches, "jf": (j + f) / batches / 2}

    def tally(self) -> "BatchTally":
        """A tally that fills batches."""
        return BatchTally(self)


class BatchTally(Tally):
    """Fills batches with frames as videos are added. The bootstrap resamples batches."""

    def __init__(self, protocol: AvsBenchProtocol) -> None:
        super().__init__(protocol)
        self.bench = protocol
        self._waiting: list[np.ndarray] = []
        self._batches: list[np.ndarray] = []

    def add(self, name: str, sums: Sums) -> None:
        """Add a video's frames."""
        self.units.append(name)
        for frame in sums["frames"]:
            self._waiting.append(frame)
            if len(self._waiting) == self.bench.batch_size:
                self._batches.append(self.bench.batch(np.stack(self._waiting)))
                self._waiting = []

    def metrics(self) -> Metrics:
        """J, F and J&F, with the batch size that they depend on."""
        batches = self._all()
        metrics = as_plain_numbers(self.protocol.metrics({"batch": batches.sum(axis=0)})) if len(batches) else {}
        return metrics | {"batch_size": self.bench.batch_size}

    def resample_units(self) -> int:
        """The number of batches."""
        return len(self._all())

    def rows(self) -> dict[str, SparseRows]:
        """A row per batch."""
        rows = SparseRows()
        for batch in self._all():
            rows.add(batch)
        return {"batch": rows}

    def _all(self) -> np.ndarray:
        """All batches; a smaller last one has full weight, as in AVSBench's code."""
        rest = [self.bench.batch(np.stack(self._waiting))] if self._waiting else []
        return np.array(self._batches + rest)
