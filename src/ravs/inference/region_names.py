"""Names of regions: one class for each, steady over the seconds of a video, or none where no class leads clearly."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from ravs.config.labels import UNNAMED
from ravs.inference.region_cells import at_size
from ravs.inference.regions import Regions, find_regions
from ravs.structures.mask_rule import MaskRule

MIN_SHARE = 0.4  # of the best class, with which a region has a name however close the second is
MIN_LEAD = 0.1  # of the best class over the second, with which it has one however low its share is

Names = Int[np.ndarray, " regions"]


@dataclass
class RegionNamer:
    """Names the regions of one video, clip after clip; remembers the last second that it was given.

    `unnamed` is the index of regions without a name; None: each gets its likeliest class.
    """

    allowed: tuple[int, ...]
    threshold: float
    unnamed: int | None
    _before: tuple[Regions, Names] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, naming: str, rule: MaskRule, *, always: bool = False) -> "RegionNamer | None":
        """The namer that a model's configuration asks for; with `always`, every region gets a class. None: no namer."""
        if naming != "region":
            return None
        unnamed = len(rule.names) - 1 if rule.names[-1] == UNNAMED and not always else None
        return cls(rule.allowed, rule.threshold, unnamed)

    def names_of(
        self,
        sounding: Float[np.ndarray, "seconds height width"],
        classes: Float[np.ndarray, "seconds sounds low_height low_width"],
    ) -> Int[np.ndarray, "seconds low_height low_width"]:
        """The class index of the region at and just around each element of the next clip's maps, elsewhere 0.

        Takes 1 - P(background), and the probabilities of the classes without background.
        """
        seconds = find_regions(sounding, classes, self.threshold, self.allowed)
        maps = []
        for index, regions in enumerate(seconds):
            if self._before is not None and self._before[0].cells.shape != regions.cells.shape:
                self._before = None  # frames of another shape
            before = None if self._before is None else self._before[0]
            nearby = [other for other in (before, *seconds[index + 1 : index + 2]) if other is not None]
            names = self._choose(smooth(regions, nearby), regions)
            self._before = regions, names
            maps.append(np.concatenate([[0], names])[regions.cells])
        return at_size(np.stack(maps), (classes.shape[-2], classes.shape[-1]))

    def _choose(self, evidence: Float[np.ndarray, "regions classes"], regions: Regions) -> Names:
        """The class of each region, or `unnamed`, from evidence smoothed over time."""
        candidates = np.array(self.allowed)
        given = evidence[:, candidates - 1]
        given = given / np.maximum(given.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        if self._before is not None:
            given = given + MIN_LEAD * kept_names(regions, *self._before, candidates)
        names: Names = candidates[given.argmax(axis=1)]
        if self.unnamed is None or len(candidates) == 1:
            return names
        second, best = np.sort(given, axis=1)[:, -2:].T
        clear = (best >= MIN_SHARE) | (best - second >= MIN_LEAD)
        return np.where(clear, names, self.unnamed)


def names_of_regions(namer: RegionNamer, probabilities: Any) -> Int[np.ndarray, "seconds height width"]:
    """The names of the regions of a clip, from a tensor of (seconds, classes, height, width), background first."""
    maps = probabilities.float().cpu().numpy()
    return namer.names_of(1 - maps[:, 0], maps[:, 1:])


def smooth(regions: Regions, nearby: Sequence[Regions]) -> Float[np.ndarray, "regions classes"]:
    """Evidence averaged with that of the regions of nearby seconds, each weighted by its overlap (IoU)."""
    total, weight = regions.evidence, np.ones((len(regions.evidence), 1))
    for other in nearby:
        iou = regions.iou(other)
        total, weight = total + iou @ other.evidence, weight + iou.sum(axis=1, keepdims=True)
    mean: np.ndarray = total / weight
    return mean


def kept_names(
    regions: Regions, before: Regions, names: Int[np.ndarray, " earlier"], candidates: Int[np.ndarray, " classes"]
) -> Float[np.ndarray, "regions classes"]:
    """How much of each region (IoU) had each class as its name a second before.

    It adds to the evidence, so that another class takes over only where it leads as clearly as a first name has to:
    a mean of near-equals would change its name every second.
    """
    kept: np.ndarray = regions.iou(before) @ (names[:, None] == candidates).astype(np.float64)
    return kept
