"""The interface of a metric protocol: counts per frame, summed over videos, and metrics of the sums."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ravs.evaluation.metrics.bootstrap import RESAMPLES, SparseRows, interval, resample_weights
from ravs.evaluation.metrics.frame_counts import FrameCounts

Sums = dict[str, np.ndarray]  # arrays of fixed shapes that can be added up
Metrics = dict[str, Any]  # numbers, or arrays of them over leading axes


class MetricProtocol(ABC):
    """One way of counting. Stateless: a tally holds the sums."""

    name: ClassVar[str]
    line: ClassVar[str]  # what it counts, for people
    resampled: ClassVar[tuple[str, ...]]  # the sums that metrics with an interval follow from

    def __init__(self, num_classes: int) -> None:
        self.num_classes = num_classes

    @abstractmethod
    def count(self, frame: FrameCounts) -> Sums:
        """The counts of one frame."""

    def join(self, frames: Sequence[Sums]) -> Sums:
        """The sums of a video from its frames, in temporal order."""
        return {key: sum_arrays([frame[key] for frame in frames]) for key in frames[0]}

    @abstractmethod
    def metrics(self, sums: Sums) -> Metrics:
        """j, f, jf and other metrics of the resampled sums; arrays where the sums have leading axes."""

    def details(self, sums: Sums) -> Metrics:
        """Metrics without an interval: plain numbers, None where undefined."""
        return {}

    def by_class(self, sums: Sums) -> dict[str, np.ndarray]:
        """j and f of each class."""
        return {}

    def tally(self) -> "Tally":
        """An empty tally of this protocol."""
        return Tally(self)


class Tally:
    """Sums over videos, and those of each video, stored sparsely for the bootstrap."""

    def __init__(self, protocol: MetricProtocol) -> None:
        self.protocol = protocol
        self.sums: Sums = {}
        self.units: list[str] = []  # names of what is resampled: videos
        self._rows: dict[str, SparseRows] = {key: SparseRows() for key in protocol.resampled}

    def add(self, name: str, sums: Sums) -> None:
        """Add a video's sums."""
        for key, value in sums.items():
            self.sums[key] = self.sums[key] + value if key in self.sums else value
        for key, rows in self._rows.items():
            rows.add(sums[key])
        self.units.append(name)

    def metrics(self) -> Metrics:
        """All metrics of the protocol; None where undefined."""
        if not self.units:
            return {}
        return as_plain_numbers(self.protocol.metrics(self.sums)) | self.protocol.details(self.sums)

    def by_class(self) -> dict[str, np.ndarray]:
        """j and f of each class."""
        return self.protocol.by_class(self.sums) if self.units else {}

    def resample_units(self) -> int:
        """The number of units to resample."""
        return len(self.units)

    def rows(self) -> dict[str, SparseRows]:
        """The sums of each unit."""
        return self._rows

    def resampled(self, seed: int, resamples: int = RESAMPLES) -> Metrics:
        """Metrics of resampled sets, (resamples,) each. The same seed and number of units draw the same units."""
        rows, blocks = self.rows(), []
        for weights in resample_weights(self.resample_units(), seed, resamples):
            blocks.append({key: stored.weighted(weights) for key, stored in rows.items()})
        return self.protocol.metrics({key: np.concatenate([block[key] for block in blocks]) for key in rows})

    def intervals(self, seed: int) -> dict[str, tuple[float, float] | None]:
        """95 % bootstrap intervals of the protocol's metrics; none for a single unit."""
        if self.resample_units() < 2:
            return {}
        with np.errstate(divide="ignore", invalid="ignore"):
            return {key: interval(values) for key, values in self.resampled(seed).items()}


def sum_arrays(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """The sum, added in the given order."""
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total


def as_plain_numbers(metrics: Metrics) -> Metrics:
    """Python numbers; None for NaN."""
    return {key: None if np.isnan(value) else float(value) for key, value in metrics.items()}
