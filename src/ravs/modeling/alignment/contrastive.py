"""Contrastive alignment, eq. 8-9 of the paper: sounding groups are drawn to the audio, silent ones pushed away."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from ravs.modeling.layers.global_batch import sum_over_processes
from ravs.modeling.shapes import GroupOfToken, GroupTokens, Masks

GroupScores = Float[Tensor, "frames groups"]
GroupFlags = Bool[Tensor, "frames groups"]


def similarity(groups: GroupTokens, audio: Float[Tensor, "frames channels"]) -> GroupScores:
    """Eq. (8). Cosine of each group and the audio of its second; in float32, zero vectors give zero."""
    return (F.normalize(groups.float(), dim=-1) @ F.normalize(audio.float(), dim=-1).unsqueeze(-1)).squeeze(-1)


def positives_and_negatives(
    similarities: GroupScores, sharpness: float, threshold: float
) -> tuple[GroupFlags, GroupFlags]:
    """Which groups count as sounding (response above the threshold) and which as silent; without gradient.

    A frame that lacks either kind has both empty, so that it adds nothing to eq. 9 (ours).
    Source: section 3.2, text below eq. 8. No ground truth is used.
    """
    positive = (similarities.detach() * sharpness).sigmoid() > threshold
    return keep_frames_with_both(positive, ~positive)


def keep_frames_with_both(positive: GroupFlags, negative: GroupFlags) -> tuple[GroupFlags, GroupFlags]:
    """Both masks, emptied in frames that lack either kind."""
    both = positive.any(dim=1, keepdim=True) & negative.any(dim=1, keepdim=True)
    return positive & both, negative & both


def contrastive_loss(
    similarities: GroupScores,
    positive: GroupFlags,
    negative: GroupFlags,
    valid: Bool[Tensor, " frames"],
    temperature: float,
    form: str,
) -> Float[Tensor, ""]:
    """Eq. (9). InfoNCE of the positive groups of a frame against its negatives.

    `joint`, as printed: one logarithm a frame, -log(sum e^p / (sum e^p + sum e^n)), mean over the frames; its best
    positive alone can satisfy it. `each` (ours): -log(e^p / (e^p + sum e^n)) of every positive, mean over them.
    Ours: frames of padding and frames with one kind only contribute zero, with zero gradient.
    """
    logits = similarities.float() / temperature
    positive = positive & valid.unsqueeze(1)
    terms, counted = logits, positive
    if form == "joint":
        terms, counted = masked_logsumexp(logits, positive), positive.any(dim=1, keepdim=True)
    losses = F.softplus(masked_logsumexp(logits, negative) - terms)
    return sum_over_processes((losses * counted).sum()) / sum_over_processes(counted.sum()).clamp(min=1)


def masked_logsumexp(logits: GroupScores, flags: GroupFlags) -> Float[Tensor, "frames 1"]:
    """Logarithm of the sum of the exponentials of those groups of each frame; finite where there are none."""
    return logits.masked_fill(~flags, torch.finfo(logits.dtype).min).logsumexp(dim=1, keepdim=True)


def label_groups(
    group_of_token: GroupOfToken, num_groups: int, size: tuple[int, int], masks: Masks, ignored: int
) -> tuple[GroupFlags, GroupFlags]:
    """Which groups lie by more than half in the ground truth, and which do not; unlabelled positions do not count.

    `size` is height and width of the map whose tokens were grouped. A group without any labelled position is neither.
    """
    labelled = masks != ignored
    areas = torch.stack([(masks > 0) & labelled, labelled], dim=1).float()  # frames, 2, height, width
    by_token = F.adaptive_avg_pool2d(areas, size).flatten(2)  # frames, 2, tokens
    inside, area = (by_token @ F.one_hot(group_of_token, num_groups).float()).unbind(dim=1)  # frames, groups
    return (inside > area / 2) & (area > 0), (inside <= area / 2) & (area > 0)


def area_under_curve(scores: GroupScores, sounding: GroupFlags, silent: GroupFlags) -> Float[Tensor, ""]:
    """How often a sounding group scores above a silent one, over all pairs; a tie counts half. NaN without pairs."""
    above, below = scores[sounding], scores[silent]
    difference = above.unsqueeze(1) - below
    return ((difference > 0).float() + (difference == 0).float() / 2).mean()


@dataclass(frozen=True)
class ContrastiveResult:
    """Eq. 9 of a batch, and two measures of whether it learns anything, since it labels itself."""

    loss: Float[Tensor, ""]
    both_kinds: Float[Tensor, ""]  # share of the valid frames that have positives and negatives
    auc: Float[Tensor, ""]  # of the similarities against the ground truth, in this process's share; 0.5 is chance


def contrastive_alignment(
    similarities: GroupScores,
    truth: tuple[GroupFlags, GroupFlags],
    valid: Bool[Tensor, " frames"],
    *,
    positives: str,
    sharpness: float,
    threshold: float,
    temperature: float,
    form: str,
) -> ContrastiveResult:
    """Eq. 9 with its partition of the groups: by their own `response` (paper), or by the `masks` (ours)."""
    if positives == "masks":
        positive, negative = keep_frames_with_both(*truth)
    else:
        positive, negative = positives_and_negatives(similarities, sharpness, threshold)
    loss = contrastive_loss(similarities, positive, negative, valid, temperature, form)
    both_kinds = sum_over_processes((positive.any(dim=1) & valid).sum()) / sum_over_processes(valid.sum()).clamp(min=1)
    counted = valid.unsqueeze(1)
    auc = area_under_curve(similarities.detach(), truth[0] & counted, truth[1] & counted)
    return ContrastiveResult(loss, both_kinds, auc)
