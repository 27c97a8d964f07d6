"""The rule of time: what sounds too briefly is left out, short gaps are bridged; in every output alike."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ravs.inference.interpolation import upsample
from ravs.inference.postprocess import MaskMaps, least_pixels, objects_of, without_specks
from ravs.structures.mask_rule import MaskRule
from ravs.structures.prediction import WINDOW_S, FramePrediction, SoundingObject
from ravs.structures.rle import decode_mask

BRIDGE_SHARE = 0.9  # of the threshold, which a pixel of a gap has to exceed; half of it lowers J&F (notes/log.md)
TOLERANCE_S = 1e-6  # by which sums of times may be off


class RawMask(NamedTuple):
    """A mask before the rule, and what the model said there."""

    frame: FramePrediction
    maps: MaskMaps


@dataclass(frozen=True, slots=True)
class EventRule:
    """How long a class has to sound, and which pauses do not count as such."""

    min_duration_s: float
    bridge_gaps_s: float
    mask: MaskRule

    @property
    def horizon_s(self) -> float:
        """How far before and behind a mask the rule looks."""
        return self.min_duration_s + self.bridge_gaps_s + TOLERANCE_S


def steady_masks(masks: Iterable[RawMask], rule: EventRule) -> Iterator[FramePrediction]:
    """The masks under the rule, in order; each as soon as those that decide about it are known."""
    if rule.min_duration_s == 0 and rule.bridge_gaps_s == 0:
        yield from (mask.frame for mask in masks)
        return
    near: deque[RawMask] = deque()
    at = 0  # of the next mask in `near`
    for mask in masks:
        near.append(mask)
        while near[-1].frame.end_s - near[at].frame.end_s > rule.horizon_s:
            yield decide(list(near), at, rule, is_end=False)
            at += 1
            while near[at].frame.end_s - near[0].frame.end_s > 2 * rule.horizon_s:
                near.popleft()
                at -= 1
    for index in range(at, len(near)):
        yield decide(list(near), index, rule, is_end=True)


def decide(near: list[RawMask], at: int, rule: EventRule, *, is_end: bool) -> FramePrediction:
    """A mask under the rule, from those around it; `is_end`: no mask of the source comes after them.

    What the start or end of the source cuts off is kept, however short.
    """
    frame = near[at].frame
    lengths = stretches([mask.frame for mask in near])
    kept: list[tuple[int, np.ndarray]] = []
    bridged: list[tuple[int, np.ndarray]] = []
    for class_id in sorted({obj.class_id for mask in near for obj in mask.frame.objects}):
        present = np.array([any(obj.class_id == class_id for obj in mask.frame.objects) for mask in near])
        whole = bridge(present, lengths, rule.bridge_gaps_s)
        if not whole[at]:
            continue
        run = run_around(whole, at)
        is_cut = (near[run.start].frame.index == 0) or (is_end and run.stop == len(near))  # who knows how long it lasts
        if is_cut or lengths[run].sum() >= rule.min_duration_s - TOLERANCE_S:
            (kept if present[at] else bridged).append((class_id, present))
    names = {class_id for class_id, _ in kept}
    objects = tuple(obj for obj in frame.objects if obj.class_id in names)
    for class_id, present in bridged:
        objects += fill(near, at, class_id, present, objects, rule.mask)
    return replace(frame, objects=tuple(sorted(objects, key=lambda obj: obj.class_id)))


def stretches(frames: list[FramePrediction]) -> Float[np.ndarray, " masks"]:
    """How many seconds of the source each mask stands for: those since the mask before."""
    ends = np.array([frame.end_s for frame in frames])
    steps = np.maximum(np.diff(ends), 0)
    first = steps[0] if len(steps) else WINDOW_S
    return np.concatenate([[first], steps])


def bridge(
    present: Bool[np.ndarray, " masks"], lengths: Float[np.ndarray, " masks"], longest_s: float
) -> Bool[np.ndarray, " masks"]:
    """Where a class sounds, and the gaps between of at most so many seconds."""
    where = np.flatnonzero(present)
    whole = present.copy()
    for first, last in pairwise(where):
        if lengths[first + 1 : last].sum() <= longest_s + TOLERANCE_S:
            whole[first:last] = True
    return whole


def run_around(present: Bool[np.ndarray, " masks"], at: int) -> slice:
    """The run of masks around one of them."""
    absent = np.flatnonzero(~present)
    place = int(np.searchsorted(absent, at))
    first = int(absent[place - 1]) + 1 if place else 0
    return slice(first, int(absent[place]) if place < len(absent) else len(present))


def fill(
    near: list[RawMask],
    at: int,
    class_id: int,
    present: Bool[np.ndarray, " masks"],
    others: tuple[SoundingObject, ...],
    rule: MaskRule,
) -> tuple[SoundingObject, ...]:
    """The object of a class in a gap, where it was just before or is just after, where it nearly sounds."""
    frame, maps = near[at]
    before, after = np.flatnonzero(present[:at])[-1], at + np.flatnonzero(present[at:])[0]
    place = np.zeros(frame.size, bool)
    for index in (before, after):
        obj = next(obj for obj in near[index].frame.objects if obj.class_id == class_id)
        if near[index].frame.size == frame.size:
            place |= decode_mask(obj.rle)
    for obj in others:
        place &= ~decode_mask(obj.rle)
    weaker = replace(rule, threshold=BRIDGE_SHARE * rule.threshold)
    uncertainty = None if rule.max_uncertainty is None else upsample(maps.uncertainty, frame.size)
    place &= weaker.is_sounding(upsample(maps.sounding, frame.size), uncertainty)
    place = without_specks(place, least_pixels(rule, frame.size))
    labels: Int[np.ndarray, "rows columns"] = place * class_id
    return objects_of(labels, maps, frame.size, (slice(None), slice(None)), rule)
