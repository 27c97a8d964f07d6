"""From a model's maps at their own stride to the sounding objects of one image at its own size; NumPy alone."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from jaxtyping import Bool, Float, Int

from ravs.inference.connected_components import label_components
from ravs.inference.interpolation import EVERYTHING, Box, max_of_cells, mean_pool, pool, upsample
from ravs.structures.mask_rule import MaskRule
from ravs.structures.prediction import SoundingObject
from ravs.structures.rle import encode_mask

DIGITS = 4  # of a score, as documents have them, so that a document that is read says the same
INTERPOLATION_TOLERANCE = 1e-6  # by which interpolated values may leave the range of their corners


@dataclass(frozen=True, slots=True, eq=False)
class MaskMaps:
    """What a model said for one image: P(sounds), the probability of each class, and uncertainty, each at its stride.

    Where P(sounds) is refined along the image's edges, its map is larger; classes share it in their proportions.
    """

    sounding: Float[np.ndarray, "height width"]
    classes: Float[np.ndarray, "sounds low_height low_width"]  # background is not among them
    uncertainty: Float[np.ndarray, "lower_height lower_width"]

    @classmethod
    def from_shares(cls, sounding: np.ndarray, shares: np.ndarray, uncertainty: np.ndarray) -> "MaskMaps":
        """From P(class | sounds) in place of P(class)."""
        return cls(sounding, shares * mean_pool(sounding, shares.shape[-2:]), uncertainty)


def find_sounding_objects(
    maps: MaskMaps, size: tuple[int, int], rule: MaskRule, names: Int[np.ndarray, "low_height low_width"] | None = None
) -> tuple[SoundingObject, ...]:
    """The sounding objects of one image of `size` (height, width), one per class, in order of class index.

    With `names`, the class of the region at each element, a pixel gets the name of its region. Without, it gets its
    own most probable class. Maps are interpolated bilinearly before the mask rule is applied.
    """
    marked = marked_pixels(maps, size, rule)
    if not marked.any():
        return ()
    box = bounding_slices(marked)
    marked = marked[box]
    winner = pixel_names(maps, marked, size, box, rule) if names is None else names_at_size(names, size, box)
    return objects_of(winner * marked, maps, size, box, rule)


def marked_pixels(maps: MaskMaps, size: tuple[int, int], rule: MaskRule) -> Bool[np.ndarray, "rows columns"]:
    """The pixels that sound, without pieces smaller than the least area."""
    uncertainty = None if rule.max_uncertainty is None else upsample(maps.uncertainty, size)
    marked: np.ndarray = rule.is_sounding(upsample(maps.sounding, size), uncertainty)
    return without_specks(marked, least_pixels(rule, size))


def without_specks(marked: Bool[np.ndarray, "rows columns"], least: int) -> Bool[np.ndarray, "rows columns"]:
    """The pixels of connected pieces that have at least so many of them."""
    if least <= 1 or not marked.any():
        return marked
    box = bounding_slices(marked)
    pieces = label_components(marked[box].astype(np.int64))
    large = np.bincount(pieces.ravel()) >= least
    large[0] = False
    kept = np.zeros_like(marked)
    kept[box] = large[pieces]
    return kept


def least_pixels(rule: MaskRule, size: tuple[int, int]) -> int:
    """The least number of pixels of an object in an image of this size."""
    return max(ceil(rule.min_area * size[0] * size[1] - 1e-9), 1)


def pixel_names(
    maps: MaskMaps, marked: Bool[np.ndarray, "rows columns"], size: tuple[int, int], box: Box, rule: MaskRule
) -> Int[np.ndarray, "rows columns"]:
    """The most probable class of each pixel of a box, of those classes that have the least area.

    A class that has less gives its pixels to the next most probable one; where all have less, the largest has all.
    """
    candidates, least = candidate_classes(maps, rule), least_pixels(rule, size)
    while True:
        winner = most_probable_class(maps.classes, candidates, size, box)
        areas = np.bincount(winner[marked], minlength=len(rule.names))[candidates]
        kept = areas >= min(least, areas.max())
        if kept.all() or not (~kept & (areas > 0)).any():
            return winner
        candidates = candidates[kept]


def most_probable_class(
    classes: Float[np.ndarray, "sounds height width"],
    indices: Int[np.ndarray, " winners"],
    size: tuple[int, int],
    box: Box,
) -> Int[np.ndarray, "rows columns"]:
    """The most probable of these classes (1 is the first) at each pixel of a box; the first one where two are equal."""
    best = upsample(classes[indices[0] - 1], size, box)
    winner = np.full(best.shape, indices[0], np.int64)
    for index in indices[1:]:
        values = upsample(classes[index - 1], size, box)
        better = values > best
        winner[better] = index
        best = np.maximum(best, values)
    return winner


def candidate_classes(maps: MaskMaps, rule: MaskRule) -> Int[np.ndarray, " winners"]:
    """Allowed classes that may be the most probable one at some sounding pixel of any interpolation.

    A pixel lies between four neighbors. A class cannot win there if another one's minimum over the four exceeds its
    own maximum.
    """
    allowed = np.array(rule.allowed)
    classes = maps.classes[allowed - 1]
    highest, lowest = max_of_cells(classes), -max_of_cells(-classes)
    loudest = pool(maps.sounding, classes.shape[-2:], np.maximum)
    may_sound = max_of_cells(loudest) > rule.threshold - INTERPOLATION_TOLERANCE
    may_win = (highest >= lowest.max(axis=0) - INTERPOLATION_TOLERANCE) & may_sound
    found: np.ndarray = allowed[may_win.any(axis=(1, 2))]
    return found


def names_at_size(
    names: Int[np.ndarray, "height width"], size: tuple[int, int], box: Box = EVERYTHING
) -> Int[np.ndarray, "rows columns"]:
    """The name at each pixel of an image: that of which most lies around it, so that borders of names are smooth.

    Where no name is near (index 0 alone), a pixel gets any; it does not sound.
    """
    present = np.unique(names)
    present = present[present > 0] if len(present) > 1 else present
    shares = (names == present[:, None, None]).astype(np.float32)
    found: np.ndarray = present[most_probable_class(shares, np.arange(1, len(present) + 1), size, box) - 1]
    return found


def objects_of(
    labels: Int[np.ndarray, "rows columns"], maps: MaskMaps, size: tuple[int, int], box: Box, rule: MaskRule
) -> tuple[SoundingObject, ...]:
    """The objects that the class indices in a box of an image describe, without classes that are not shown."""
    areas = np.bincount(labels.ravel(), minlength=len(rule.names))
    least = least_pixels(rule, size)
    shown = [index for index in rule.shown if areas[index] >= least]
    if not shown:
        return ()
    sounding, uncertainty = upsample(maps.sounding, size, box), upsample(maps.uncertainty, size, box)
    total = upsample(maps.classes.sum(axis=0), size, box)
    objects = []
    for index in shown:
        mask = labels == index
        probability = sounding[mask]
        if index <= len(maps.classes):  # the index behind the classes is no class: it sounds, and has no name
            shares = upsample(maps.classes[index - 1], size, box)[mask]
            probability = probability * shares / np.maximum(total[mask], np.finfo(np.float32).tiny)
        whole = np.zeros(size, bool)
        whole[box] = mask
        objects.append(make_sounding_object(whole, index, rule.names, probability, uncertainty[mask]))
    return tuple(objects)


def make_sounding_object(
    mask: Bool[np.ndarray, "height width"],
    class_id: int,
    names: tuple[str, ...],
    probability: Float[np.ndarray, " pixels"],
    uncertainty: Float[np.ndarray, " pixels"],
) -> SoundingObject:
    """The record of one class's pixels: area, box, run lengths, and means of probability and uncertainty."""
    return SoundingObject(
        class_id=class_id,
        name=names[class_id],
        score=round(min(float(probability.mean(dtype=np.float64)), 1.0), DIGITS),
        uncertainty=round(min(float(uncertainty.mean(dtype=np.float64)), 1.0), DIGITS),
        area=len(probability),
        bbox=bounding_box(mask),
        rle=encode_mask(mask),
    )


def bounding_slices(mask: Bool[np.ndarray, "height width"]) -> Box:
    """Rows and columns of the pixels in a mask that is not empty."""
    left, top, width, height = bounding_box(mask)
    return slice(top, top + height), slice(left, left + width)


def bounding_box(mask: Bool[np.ndarray, "height width"]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the pixels in a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
