"""The contrast of CAVP: pixels that heard their own sound against pixels that heard another picture's."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.shapes import Masks

TEMPERATURE = 0.1
MISMATCH_LABEL = 0  # the label of a sounding place that heard a sound of other classes: background

Pixels = Float[Tensor, "pixels channels"]
Labels = Int[Tensor, " pixels"]


@dataclass(frozen=True)
class AudioPairing:
    """Which other frame's sound each frame hears in the second pass, and what its sounding places are then."""

    other: Int[Tensor, " frames"]
    labels: Masks  # the truth where the classes in view are the same, else MISMATCH_LABEL; 255 at all other places


def pair_frames(masks: Masks, num_classes: int, generator: torch.Generator) -> AudioPairing:
    """Each frame with a frame drawn from the batch; a pair matches if both masks show the same set of classes.

    Left out: the published memory of sounds by class, which gives half of the mismatched frames with a single class
    another sound of that class. A batch of composed clips has matches enough, and one setting of the paper
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
    """Up to `count` of the places that are marked, at random."""
    places = where.nonzero()[:, 0]
    chosen = torch.randperm(len(places), generator=generator)[:count]
    return places[chosen.to(places.device)]


def sample_pixels(
    own: Pixels, labels: Labels, shuffled: Pixels, shuffled_labels: Labels, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """`count` pixels of each sounding class that has so many; of background and the shuffled pass so many at most."""
    counts = labels.bincount(minlength=IGNORE_INDEX + 1)[1:IGNORE_INDEX]
    classes = [index + 1 for index in (counts >= count).nonzero()[:, 0].tolist()]
    parts = [sample_positions(labels == index, count, generator) for index in (*classes, 0)]
    matched = torch.cat(parts)
    heard_others = sample_positions(shuffled_labels != IGNORE_INDEX, count, generator)
    pixels = torch.cat([own[matched], shuffled[heard_others]])
    return pixels, torch.cat([labels[matched], shuffled_labels[heard_others]])


def info_nce(pixels: Pixels, labels: Labels) -> Float[Tensor, ""]:
    """Each pair of pixels of one label against the first one's negatives; mean over the pairs of a pixel, then pixels.

    The denominator of a pair is itself and all negatives. Zero where there is no pair.
    """
    pixels = F.normalize(pixels.float(), dim=1)
    alike = pixels @ pixels.T / TEMPERATURE
    same = labels.unsqueeze(1) == labels
    pairs = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    against = alike.masked_fill(same, torch.finfo(alike.dtype).min).logsumexp(dim=1, keepdim=True)
    of_pixel = (F.softplus(against - alike) * pairs).sum(dim=1) / pairs.sum(dim=1).clamp(min=1)
    return of_pixel.sum() / pairs.any(dim=1).sum().clamp(min=1)
