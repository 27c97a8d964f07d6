"""One frame's prediction with its ground truth, and its pixel counts, each computed at most once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64, Shaped

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import InputError
from ravs.evaluation.metrics.boundary import boundary_matches
from ravs.evaluation.metrics.calibration import Histogram, doubt_histogram

BINS = 256  # of a probability: bin i holds [i / 256, (i + 1) / 256), the last one 1 as well
CURVE_STEPS = 254  # intervals between the 255 thresholds of AVSBench's F


def _avsbench_thresholds() -> np.ndarray:
    """linspace(0, 1 - 1e-10, 255) in float32 as torch computes it: up from 0 to the middle, then down from 1."""
    step = float(np.float32(1) / np.float32(CURVE_STEPS))
    index = np.arange(CURVE_STEPS + 1)
    steps = np.where(index <= CURVE_STEPS // 2, step * index, 1 - step * (CURVE_STEPS - index))
    return steps.astype(np.float32)


THRESHOLDS = _avsbench_thresholds()


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredFrame:
    """Prediction and ground truth of one labelled frame. All maps are (height, width).

    Raises: InputError where sizes differ or a value is not a class index.
    """

    labels: np.ndarray  # uint8; the class marked at each pixel, 0 background
    truth: np.ndarray  # uint8; 255 is ignored
    num_classes: int  # with background; 2 for sounding against silent
    winners: np.ndarray | None = None  # uint8; the class with the largest score; None: as the labels
    probability: np.ndarray | None = None  # float32; that something sounds; None: masks only
    confidence: np.ndarray | None = None  # float32; of the label, in [0, 1]
    uncertainty: np.ndarray | None = None  # float32 in [0, 1]
    probabilities: np.ndarray | None = None  # classes, height, width; float32; `probability` follows from them
    second: int | None = None  # temporal position; neighbors differ by one; None: unknown
    look_alike: bool | None = None  # a silent instance of a sounding class is in view; None: unknown

    def __post_init__(self) -> None:
        for name in ("labels", "winners", "probability", "confidence", "uncertainty"):
            map_ = getattr(self, name)
            if map_ is not None and map_.shape != self.truth.shape:
                raise InputError(f"{name} has size {map_.shape}, the truth {self.truth.shape}: resize one of them")
        for name, allowed in (("labels", ()), ("winners", ()), ("truth", (IGNORE_INDEX,))):
            map_ = getattr(self, name)
            if map_ is not None:
                check_classes(name, map_, self.num_classes, allowed)


def check_classes(name: str, map_: np.ndarray, num_classes: int, allowed: tuple[int, ...] = ()) -> None:
    """Raise InputError for a value that is neither a class index nor allowed."""
    if map_.size and int(map_.max()) >= num_classes:
        strange = sorted(set(np.unique(map_).tolist()) - set(range(num_classes)) - set(allowed))
        if strange:
            raise InputError(f"{name} holds the value {strange[0]}; with {num_classes} classes it must be below that")


class FrameCounts:
    """Pixel counts of a frame. Ignored pixels are removed first."""

    def __init__(self, frame: ScoredFrame) -> None:
        self.frame = frame
        self.num_classes = frame.num_classes
        counted = frame.truth != IGNORE_INDEX
        self._counted = None if counted.all() else counted
        self.truth = self._flat(frame.truth)
        self.labels = self._flat(frame.labels)

    def _flat(self, map_: Shaped[np.ndarray, "height width"]) -> Shaped[np.ndarray, " pixels"]:
        return map_.ravel() if self._counted is None else map_[self._counted]

    @property
    def pixels(self) -> int:
        """The number of counted pixels."""
        return len(self.truth)

    @cached_property
    def areas(self) -> Int64[np.ndarray, "3 classes"]:
        """For each class the pixels in labels and ground truth, in labels, and in the ground truth."""
        return areas(self.labels, self.truth, self.num_classes)

    @cached_property
    def winner_areas(self) -> Int64[np.ndarray, "3 classes"]:
        """The same for the class with the largest score, which the published protocols use."""
        if self.frame.winners is None or self.frame.winners is self.frame.labels:
            return self.areas
        return areas(self._flat(self.frame.winners), self.truth, self.num_classes)

    @cached_property
    def sounding(self) -> Int64[np.ndarray, "4"]:
        """Sounding against silent: pixels in both, marked, truly sounding, and in both with the right class."""
        both, marked, true = self.areas.sum(axis=1) - self.areas[:, 0]
        in_both = int(np.count_nonzero((self.labels > 0) & (self.truth > 0)))
        return np.array([in_both, marked, true, both], np.int64)

    @cached_property
    def curve(self) -> Int64[np.ndarray, "2 255"]:
        """True positives and marked pixels at each of AVSBench's 255 thresholds of the probability."""
        if self.frame.probability is None:
            return self._hard_curve(CURVE_STEPS + 1)
        score = self._flat(self.frame.probability)
        step = np.minimum((score * CURVE_STEPS).astype(np.int16), CURVE_STEPS)
        step += score >= THRESHOLDS[np.minimum(step + 1, CURVE_STEPS)]  # rounding may be off by one
        step -= score < THRESHOLDS[np.minimum(step, CURVE_STEPS)]
        return self._at_least(np.minimum(step, CURVE_STEPS), CURVE_STEPS + 1)

    @cached_property
    def scores(self) -> Int64[np.ndarray, "2 256"]:
        """Truly silent and truly sounding pixels in each bin of the probability that something sounds."""
        if self.frame.probability is not None:
            return histogram(binned(self._flat(self.frame.probability)), self.truth > 0)
        both, marked, true, _ = self.sounding
        extremes = np.zeros((2, BINS), np.int64)
        extremes[0, [0, -1]] = self.pixels - true - (marked - both), marked - both
        extremes[1, [0, -1]] = true - both, both
        return extremes

    def correctness(self, doubt: Shaped[np.ndarray, "height width"]) -> Histogram:
        """Wrongly and rightly labelled pixels in each bin of a map of doubt in [0, 1]."""
        return doubt_histogram(self._flat(doubt).astype(np.float32, copy=False), self.labels == self.truth)

    @cached_property
    def boundary(self) -> Int64[np.ndarray, "4"]:
        """Pixels of the marked and of the true boundary, and those of each near the other."""
        marked, true = self.frame.labels > 0, self.frame.truth > 0
        if self._counted is not None:
            marked, true = marked & self._counted, true & self._counted
        return boundary_matches(marked, true)

    def _hard_curve(self, thresholds: int) -> Int64[np.ndarray, "2 thresholds"]:
        """The curve of a mask without probabilities: at threshold 0 every pixel is marked, at all others the mask."""
        both, marked, true = self.winner_areas[:, 1]
        curve = np.full((2, thresholds), [[both], [marked]], np.int64)
        curve[:, 0] = true, self.pixels
        return curve

    def _at_least(self, step: Shaped[np.ndarray, " pixels"], count: int) -> Int64[np.ndarray, "2 count"]:
        """Sounding pixels and all pixels whose step is at least 0, 1, 2 …"""
        silent, sounding = histogram(step, self.truth > 0, count)
        return np.stack([sounding, sounding + silent])[:, ::-1].cumsum(axis=1)[:, ::-1]


def areas(
    labels: Shaped[np.ndarray, " pixels"], truth: Shaped[np.ndarray, " pixels"], num_classes: int
) -> Int64[np.ndarray, "3 classes"]:
    """For each class the pixels in both, in the labels, and in the ground truth."""
    if num_classes == 2:
        both, marked, true = (int(np.count_nonzero(map_)) for map_ in (labels & truth, labels, truth))
        return np.array(
            [[len(truth) - marked - true + both, both], [len(labels) - marked, marked], [len(truth) - true, true]]
        )
    pairs = truth.astype(np.int32) * num_classes + labels
    table = np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)
    return np.stack([table.diagonal(), table.sum(axis=0), table.sum(axis=1)]).astype(np.int64)


def binned(values: Shaped[np.ndarray, " pixels"]) -> Shaped[np.ndarray, " pixels"]:
    """The bin of each value in [0, 1]. Multiplying by 256 is exact, so binning is exact."""
    return np.minimum(values * np.float32(BINS), BINS - 1).astype(np.uint8)


def histogram(
    bins: Shaped[np.ndarray, " pixels"], kind: Shaped[np.ndarray, " pixels"], count: int = BINS
) -> Int64[np.ndarray, "2 bins"]:
    """How many of each kind (False, True) are in each bin."""
    return np.bincount(bins + kind * np.int16(count), minlength=2 * count).reshape(2, count).astype(np.int64)
