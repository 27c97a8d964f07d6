"""The contrastive loss of CAVP: pixels fused with their own audio against pixels fused with another frame's."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.shapes import Masks

TEMPERATURE = 0.1
MISMATCH_LABEL = 0  # of a sounding position that was fused with audio of other classes: background

Pixels = Float[Tensor, "pixels channels"]
Labels = Int[Tensor, " pixels"]


@dataclass(frozen=True)
class AudioPairing:
    """The frame whose audio each frame gets in the second pass, and the labels of its sounding positions then."""

    other: Int[Tensor, " frames"]
    labels: Masks  # the ground truth where both show the same classes, else MISMATCH_LABEL; 255 everywhere else


def pair_frames(masks: Masks, num_classes: int, generator: torch.Generator) -> AudioPairing:
    """Pair each frame with a frame drawn from the batch; a pair matches if both masks show the same set of classes.

    Left out: the published memory of audio by class, which gives half of the mismatched frames with a single class
    other audio of that class. A batch of composed clips has enough matches, and one setting of the paper
    overwrites what the memory gave before it is used.
    """
    other = torch.randperm(len(masks), generator=generator).to(masks.device)
    shown = torch.stack([(masks == index).flatten(1).any(dim=1) for index in range(1, num_classes)], dim=1)
    matches = (shown == shown[other]).all(dim=1)[:, None, None]
    known = (masks != IGNORE_INDEX).flatten(1).any(dim=1)[other][:, None, None]
    sounding = (masks > 0) & (masks != IGNORE_INDEX) & known
    labels = masks.where(matches, MISMATCH_LABEL).where(sounding, IGNORE_INDEX)
    return AudioPairing(other, labels)


def sample_positions(where: Bool[Tensor, " pixels"], count: int, generator: torch.Generator) -> Int[Tensor, " drawn"]:
    """Up to `count` of the marked positions, at random."""
    positions = where.nonzero()[:, 0]
    chosen = torch.randperm(len(positions), generator=generator)[:count]
    return positions[chosen.to(positions.device)]


def sample_pixels(
    own: Pixels, labels: Labels, shuffled: Pixels, shuffled_labels: Labels, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """`count` pixels of each sounding class that has so many; at most so many of background and the shuffled pass."""
    counts = labels.bincount(minlength=IGNORE_INDEX + 1)[1:IGNORE_INDEX]
    classes = [index + 1 for index in (counts >= count).nonzero()[:, 0].tolist()]
    parts = [sample_positions(labels == index, count, generator) for index in (*classes, 0)]
    matched = torch.cat(parts)
    mismatched = sample_positions(shuffled_labels != IGNORE_INDEX, count, generator)
    pixels = torch.cat([own[matched], shuffled[mismatched]])
    return pixels, torch.cat([labels[matched], shuffled_labels[mismatched]])


def info_nce(pixels: Pixels, labels: Labels) -> Float[Tensor, ""]:
    """InfoNCE of each pair of pixels of one label against the first one's negatives.

    Mean over the pairs of a pixel, then over the pixels. The denominator of a pair is itself and all negatives. Zero
    where there is no pair.
    """
    pixels = F.normalize(pixels.float(), dim=1)
    similarity = pixels @ pixels.T / TEMPERATURE
    same = labels.unsqueeze(1) == labels
    pairs = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    against = similarity.masked_fill(same, torch.finfo(similarity.dtype).min).logsumexp(dim=1, keepdim=True)
    pixel_losses = (F.softplus(against - similarity) * pairs).sum(dim=1) / pairs.sum(dim=1).clamp(min=1)
    return pixel_losses.sum() / pairs.any(dim=1).sum().clamp(min=1)
