"""From class probabilities at the model's stride to the masks of one image at its own size."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.structures.mask_rule import MaskRule
from ravs.structures.prediction import SoundingObject
from ravs.structures.rle import encode_mask

INTERPOLATION_TOLERANCE = 1e-6  # by which interpolated values may leave the range of their corners


def find_sounding_objects(
    probabilities: Float[Tensor, "classes height width"],
    uncertainty: Float[Tensor, "low_height low_width"],
    size: tuple[int, int],
    rule: MaskRule,
    names: Int[Tensor, "height width"] | None = None,
) -> tuple[SoundingObject, ...]:
    """The sounding objects of one image of `size` (height, width), one per class, in order of class index.

    With `names`, the class of the region at each element, a pixel gets the name of its region. Without, it gets its
    own most probable class. Probabilities are interpolated bilinearly before the mask rule is applied. Only classes
    that can win somewhere are interpolated: the result equals that of interpolating all of them, at a fraction of the
    cost for dozens of classes.
    """
    uncertainty_map = upsample(uncertainty[None], size)[0]
    sounding = rule.is_sounding(upsample(probabilities[:1], size)[0], uncertainty_map)
    if not sounding.any():
        return ()
    if names is None:
        winner, probability = most_probable_class(probabilities, candidate_classes(probabilities, rule), size)
    else:
        winner = names_at_size(names, size)
        probability = probability_of_names(probabilities, names.unique(), winner)
    labels = winner * sounding
    present = torch.bincount(labels.flatten(), minlength=len(rule.names)).nonzero().flatten().tolist()
    return tuple(
        make_sounding_object(labels == index, index, rule.names, probability, uncertainty_map)
        for index in present
        if index
    )


def most_probable_class(
    probabilities: Float[Tensor, "classes height width"], classes: Int[Tensor, " winners"], size: tuple[int, int]
) -> tuple[Int[Tensor, "rows columns"], Float[Tensor, "rows columns"]]:
    """The most probable of these classes at each pixel, and its probability; the first one where two are equal.

    One class after another, since argmax over the first axis is ten times slower on a CPU and holds all maps at once.
    """
    best = upsample(probabilities[classes[:1]], size)[0]
    winner = classes[:1].expand(best.shape)
    for index in classes[1:]:
        values = upsample(probabilities[index][None], size)[0]
        winner = torch.where(values > best, index, winner)
        best = torch.maximum(best, values)
    return winner, best


def names_at_size(names: Int[Tensor, "height width"], size: tuple[int, int]) -> Int[Tensor, "rows columns"]:
    """The name at each pixel of an image: that of which most lies around it, so that borders of names are smooth.

    Where no name is near (index 0 alone), a pixel gets any; it does not sound.
    """
    present = names.unique()
    present = present[present > 0] if len(present) > 1 else present
    shares = (names == present[:, None, None]).float()
    index, _ = most_probable_class(shares, torch.arange(len(present), device=names.device), size)
    names_of_pixels: Tensor = present[index]
    return names_of_pixels


def probability_of_names(
    probabilities: Float[Tensor, "classes height width"],
    present: Int[Tensor, " names"],
    winner: Int[Tensor, "rows columns"],
) -> Float[Tensor, "rows columns"]:
    """P(class) of the name at each pixel; for the index behind the classes, which is no name, 1 - P(background)."""
    size = (winner.shape[0], winner.shape[1])
    maps = torch.cat([probabilities, 1 - probabilities[:1]])
    probability = torch.zeros(size, device=maps.device)
    for index in present[present > 0]:
        probability = torch.where(winner == index, upsample(maps[index][None], size)[0], probability)
    return probability


def upsample(maps: Float[Tensor, "maps height width"], size: tuple[int, int]) -> Float[Tensor, "maps rows columns"]:
    """Bilinear interpolation to (height, width)."""
    return F.interpolate(maps[None], size, mode="bilinear", align_corners=False)[0]


def candidate_classes(probabilities: Float[Tensor, "classes height width"], rule: MaskRule) -> Int[Tensor, " winners"]:
    """Allowed classes that may be the most probable one at some sounding pixel of any interpolation.

    A pixel lies between four neighbors. A class cannot win there if another one's minimum over the four exceeds its
    own maximum.
    """
    allowed = torch.tensor(rule.allowed, device=probabilities.device)
    highest = _max_of_cells(probabilities[allowed])
    lowest = -_max_of_cells(-probabilities[allowed])
    may_sound = _max_of_cells(1 - probabilities[:1]) > rule.threshold - INTERPOLATION_TOLERANCE
    may_win = (highest >= lowest.amax(dim=0) - INTERPOLATION_TOLERANCE) & may_sound
    return allowed[may_win.flatten(1).any(dim=1)]


def make_sounding_object(
    mask: Bool[Tensor, "height width"],
    class_id: int,
    names: tuple[str, ...],
    probability: Float[Tensor, "height width"],
    uncertainty: Float[Tensor, "height width"],
) -> SoundingObject:
    """The record of one class's pixels: area, box, run lengths, and means of probability and uncertainty."""
    pixels = mask.cpu().numpy()
    return SoundingObject(
        class_id=class_id,
        name=names[class_id],
        score=float(probability[mask].mean()),
        uncertainty=float(uncertainty[mask].mean()),
        area=int(pixels.sum()),
        bbox=bounding_box(pixels),
        rle=encode_mask(pixels),
    )


def bounding_box(mask: Bool[np.ndarray, "height width"]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the pixels in a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


def _max_of_cells(maps: Float[Tensor, "maps height width"]) -> Float[Tensor, "maps rows columns"]:
    """The maximum of each four neighbors, the border replicated. Faster than max pooling on a CPU."""
    bordered = F.pad(maps[None], (1, 1, 1, 1), mode="replicate")[0]
    of_columns = torch.maximum(bordered[:, 1:], bordered[:, :-1])
    return torch.maximum(of_columns[..., 1:], of_columns[..., :-1])
