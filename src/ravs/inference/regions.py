"""Regions: connected parts of what sounds, at the model's stride, each with the mean of its class probabilities."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ravs.inference.connected_components import label_components
from ravs.inference.region_cells import to_cells

MIN_PART_SHARE = 0.15  # of its component's cells, for a part of another class to be a region of its own
MIN_PART_LEAD = 0.25  # of mean P(class | sounding) over the component's leading class, for the same: parts are chosen
# by what leads there, so that noise alone gives them a lead of a tenth or two

CellMap = Int[np.ndarray, "rows columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The regions of one second. Two seconds of one video have maps of one size."""

    cells: CellMap  # number of each cell's region, from 1 on; the ring of silent cells around a region belongs to it
    evidence: Float[np.ndarray, "regions classes"]  # mean P(class | sounding) over the sounding cells, no background

    def iou(self, other: "Regions") -> Float[np.ndarray, "regions other_regions"]:
        """Intersection over union of each region here with each of another second."""
        counts = len(self.evidence) + 1, len(other.evidence) + 1
        pairs = np.bincount((self.cells * counts[1] + other.cells).ravel(), minlength=counts[0] * counts[1])
        shared = pairs.reshape(counts).astype(np.float64)
        union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
        out: np.ndarray = shared[1:, 1:] / union[1:, 1:]
        return out


class AreaMeans(NamedTuple):
    """What is known of numbered areas of a map."""

    values: Float[np.ndarray, "areas sounds"]  # means over the cells
    cells: Int[np.ndarray, " areas"]  # how many there are


def find_regions(
    sounding: Float[np.ndarray, "seconds height width"],
    classes: Float[np.ndarray, "seconds sounds low_height low_width"],
    threshold: float,
    allowed: tuple[int, ...],
) -> list[Regions]:
    """The regions of each second: connected components of sounding cells, divided where two classes lead clearly.

    Sounding cells with at most two silent ones between them are connected. See `divide` for the rest.

    Args:
        sounding: 1 - P(background), at the size of the classes' maps or larger.
        classes: the probability of each class, without background.
        threshold: a cell sounds where P(sounds) exceeds it anywhere.
        allowed: classes by which components are divided.
    """
    classes, marked = to_cells(sounding, classes, threshold)
    likeliest = locally_likeliest(classes, marked, allowed)
    shares = classes / np.maximum(classes.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return [divide(*second, allowed) for second in zip(shares, marked, likeliest, strict=True)]


def locally_likeliest(
    classes: Float[np.ndarray, "seconds sounds rows columns"],
    sounding: Bool[np.ndarray, "seconds rows columns"],
    allowed: tuple[int, ...],
) -> Int[np.ndarray, "seconds rows columns"]:
    """The allowed class that is most probable in most of the three by three sounding cells around each, or else 0.

    A vote and not a mean: where two things touch, the mean may favor a class that is second in both.
    """
    indices = np.array(allowed)
    own = classes[:, indices - 1].argmax(axis=1)
    votes = (own[:, None] == np.arange(len(allowed))[:, None, None]) & sounding[:, None]
    padded = np.pad(votes.astype(np.uint8), ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows = padded[..., :-2, :] + padded[..., 1:-1, :] + padded[..., 2:, :]
    nearby = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    out: np.ndarray = indices[nearby.argmax(axis=1)] * sounding
    return out


def divide(
    shares: Float[np.ndarray, "sounds rows columns"],
    sounding: Bool[np.ndarray, "rows columns"],
    likeliest: CellMap,
    allowed: tuple[int, ...],
) -> Regions:
    """The regions of one second, from P(class | sounding), what sounds, and the locally likeliest classes.

    The parts of a component are its connected cells of one locally likeliest class. Parts that `stand_alone` are
    regions; all other cells of the component together are one.
    """
    components = label_components(widen(sounding.astype(np.int64))) * sounding
    parts = label_components(likeliest)
    first = np.unique(parts[sounding], return_index=True)[1]  # a cell of each part
    component, own = components[sounding][first] - 1, likeliest[sounding][first] - 1
    alone = stand_alone(mean_over(parts, shares), mean_over(components, shares), component, own, allowed)
    region = np.where(alone, components.max(initial=0) + np.arange(len(alone)), component)
    numbers = np.zeros(sounding.shape, np.int64)
    numbers[sounding] = np.unique(region[parts[sounding] - 1], return_inverse=True)[1] + 1
    return Regions(np.where(sounding, numbers, widen(numbers)), mean_over(numbers, shares).values)


def stand_alone(
    parts: AreaMeans,
    components: AreaMeans,
    component: Int[np.ndarray, " parts"],
    own: Int[np.ndarray, " parts"],
    allowed: tuple[int, ...],
) -> Bool[np.ndarray, " parts"]:
    """Whether each part is a region of its own, and not one with the rest of its component.

    It is if it has at least MIN_PART_SHARE of the component's cells, and its class leads there by MIN_PART_LEAD over
    the class that leads in the whole component. `component` and `own` are indices: of the component of each part, and
    of its class without background.
    """
    candidates = np.array(allowed) - 1
    leading = candidates[components.values[:, candidates].argmax(axis=1)][component]
    row = np.arange(len(own))
    lead = parts.values[row, own] - parts.values[row, leading]
    large = parts.cells >= MIN_PART_SHARE * components.cells[component]
    alone: np.ndarray = large & (own != leading) & (lead >= MIN_PART_LEAD)
    return alone


def mean_over(numbers: CellMap, shares: Float[np.ndarray, "sounds rows columns"]) -> AreaMeans:
    """The means over the cells of each number from 1 on; every number up to the largest has a cell."""
    inside = numbers > 0
    order = np.argsort(numbers[inside], kind="stable")
    first = np.unique(numbers[inside][order], return_index=True)[1]
    cells = np.diff(first, append=len(order))
    if not len(order):
        return AreaMeans(np.zeros((0, len(shares))), cells)
    sums = np.add.reduceat(shares[:, inside][:, order].astype(np.float64), first, axis=1)
    return AreaMeans((sums / cells).T, cells)


def widen(numbers: CellMap) -> CellMap:
    """The largest number of the three by three cells around each."""
    padded = np.pad(numbers, 1)
    rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    out: np.ndarray = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return out
