"""AVSBench's per-frame binary protocol (AVSB:avs_s4/utils/utility.py), whose F depends on the size of the batch."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ravs.evaluation.metrics.bootstrap import SparseRows
from ravs.evaluation.metrics.frame_counts import FrameCounts
from ravs.evaluation.metrics.jaccard_f import BETA_SQUARED
from ravs.evaluation.metrics.protocol import Figures, MetricProtocol, Sums, Tally, as_plain_numbers

BATCH_SIZE = 20  # frames: four clips of five, as AVSBench's test script has it


class AvsBenchProtocol(MetricProtocol):
    """J of each frame; F at the best of 255 thresholds of each batch; both are means over batches."""

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
        below = BETA_SQUARED * precision + recall
        f = np.where(below > 0, (1 + BETA_SQUARED) * precision * recall / np.where(below > 0, below, 1), 0)
        return {"frame": np.concatenate([[both / (marked + true - both + 1e-7), 1.0], f])}

    def join(self, frames: Sequence[Sums]) -> Sums:
        """Every frame by itself: batches may begin inside a video."""
        return {"frames": np.stack([frame["frame"] for frame in frames])}

    def batch(self, frames: np.ndarray) -> np.ndarray:
        """J and F of a batch, and 1 to count it; a batch in which nothing sounds has an F of 0, and is counted."""
        sounding = frames[:, 1] > 0
        f = frames[sounding, 2:].mean(axis=0).max() if sounding.any() else 0.0
        return np.array([frames[:, 0].mean(), f, 1.0])

    def figures(self, sums: Sums) -> Figures:
        """Means over the batches."""
        j, f, batches = np.moveaxis(sums["batch"], -1, 0)
        return {"j": j / batches, "f": f / batches, "jf": (j + f) / batches / 2}

    def tally(self) -> "BatchTally":
        """A tally that fills batches."""
        return BatchTally(self)


class BatchTally(Tally):
    """Frames of the videos as they come, a batch in memory at a time. What is resampled is batches."""

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

    def figures(self) -> Figures:
        """With the batch size that they depend on."""
        batches = self._all()
        figures = as_plain_numbers(self.protocol.figures({"batch": batches.sum(axis=0)})) if len(batches) else {}
        return figures | {"batch_size": self.bench.batch_size}

    def resample_units(self) -> int:
        """How many batches there are."""
        return len(self._all())

    def rows(self) -> dict[str, SparseRows]:
        """A row a batch."""
        rows = SparseRows()
        for batch in self._all():
            rows.add(batch)
        return {"batch": rows}

    def _all(self) -> np.ndarray:
        """Full batches, and a last one that may be smaller: it counts in full, as in AVSBench's code."""
        rest = [self.bench.batch(np.stack(self._waiting))] if self._waiting else []
        return np.array(self._batches + rest)
