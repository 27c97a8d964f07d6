"""Segmentation loss (eq. 2), its sum with the contrastive loss (eq. 12); ours: sounding against silent, tagging."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.layers.global_batch import sum_over_processes
from ravs.modeling.shapes import ClassMaps, Masks


def dice_and_iou(probabilities: ClassMaps, masks: Masks, classes: str) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """One minus Dice and one minus IoU of soft predictions; 255 is ignored.

    `classes="all"`: per frame and class, absent ones included (DDESeg's form). `classes="present"` (ours): over the
    batch, for the classes that occur in its ground truth, since over dozens of absent classes they are noise.
    """
    counted = (masks != IGNORE_INDEX).unsqueeze(1)
    truth = F.one_hot(masks.where(masks != IGNORE_INDEX, 0), probabilities.shape[1]).permute(0, 3, 1, 2) * counted
    probabilities = probabilities * counted
    dims = (2, 3) if classes == "all" else (0, 2, 3)
    both = (probabilities * truth).sum(dims)
    sizes = probabilities.sum(dims) + truth.sum(dims)
    present = truth.sum(dims)
    if classes == "present":
        both, sizes, present = sum_over_processes(both), sum_over_processes(sizes), sum_over_processes(present)
    dice = 1 - (2 * both + 1e-5) / (sizes + 1e-5)
    iou = 1 - (both + 1e-5) / (sizes - both + 1e-5)
    if classes == "all":
        labelled = counted.flatten(1).any(dim=1)
        count = sum_over_processes(labelled.sum()).clamp(min=1) * dice.shape[1]
        return sum_over_processes(dice[labelled].sum()) / count, sum_over_processes(iou[labelled].sum()) / count
    occurs = present > 0
    share = occurs / occurs.sum().clamp(min=1)
    return (dice * share).sum(), (iou * share).sum()


def segmentation_loss(
    adjusted_logits: ClassMaps,
    masks: Masks,
    weights: tuple[float, float, float],
    classes: str,
    weights_sum: str = "one",
) -> Float[Tensor, ""]:
    """Eq. (2). Cross-entropy, Dice and IoU on the adjusted prediction, weighted.

    `weights_sum="as_given"`: their weighted sum; `"one"` (ours): divided by the sum of the weights.
    Only labelled pixels count: 255 is ignored, in unlabelled frames as in padding. A batch without labels gives zero.
    """
    logits = adjusted_logits.float()
    labelled = sum_over_processes((masks != IGNORE_INDEX).sum()).clamp(min=1)
    cross_entropy = (
        sum_over_processes(F.cross_entropy(logits, masks, ignore_index=IGNORE_INDEX, reduction="sum")) / labelled
    )
    dice, iou = dice_and_iou(logits.softmax(dim=1), masks, classes)
    total = weights[0] * cross_entropy + weights[1] * dice + weights[2] * iou
    return total / sum(weights) if weights_sum == "one" else total


def sounding_logits(adjusted_logits: ClassMaps) -> Float[Tensor, "frames 2 height width"]:
    """Ours. Logits of silent and sounding, whatever the class: all that a mask asks."""
    logits = adjusted_logits.float()
    return torch.stack([logits[:, 0], logits[:, 1:].logsumexp(dim=1)], dim=1)


def total_loss(
    segmentation: Float[Tensor, ""], contrastive: Float[Tensor, ""], contrastive_weight: float
) -> Float[Tensor, ""]:
    """Eq. (12). Segmentation plus weighted contrastive alignment."""
    return segmentation + contrastive_weight * contrastive


def tagging_loss(
    tags: Float[Tensor, "frames directions classes"],
    sounding: Float[Tensor, "frames classes"],
    directions: Float[Tensor, "frames classes directions"],
    valid: Bool[Tensor, " frames"],
) -> Float[Tensor, ""]:
    """Ours. Binary cross-entropy of which classes sound, plus half the cross-entropy of their known directions.

    `directions` sums to one over the directions where that of a class is known, else it is zero.
    """
    tags = tags.float()
    class_loss = F.binary_cross_entropy_with_logits(tags.logsumexp(dim=1), sounding, reduction="none").sum(dim=1)
    direction_loss = -(tags.log_softmax(dim=1).transpose(1, 2) * directions).sum(dim=(1, 2))
    known = directions.sum(dim=(1, 2))
    mean_class_loss = sum_over_processes((class_loss * valid).sum()) / sum_over_processes(valid.sum()).clamp(min=1)
    return mean_class_loss + 0.5 * sum_over_processes((direction_loss * valid).sum()) / sum_over_processes(
        (known * valid).sum()
    ).clamp(min=1)
