"""What is heard (ours): AudioSet's labels and a linear classifier of each second, and where the sound comes from."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.encoders.audio.audioset_labels import label_evidence, label_shares

LABEL_WEIGHT = 0.7  # before anything is learned
MONO_SHARE = 0.95  # of the panorama in its middle: from there on, left and right are alike


class Heard(NamedTuple):
    """What each second sounds like, and from where."""

    logits: Float[Tensor, "frames outputs"]  # of none of the classes, then of each class
    panorama: Float[Tensor, "frames directions"]  # shares from left to right; zeros in silence
    has_directions: Float[Tensor, " frames"]  # 1 or 0: mono comes from the middle, wherever its sources are

    @property
    def silent(self) -> Bool[Tensor, " frames"]:
        """Seconds without any sound: those whose panorama is empty."""
        return self.panorama.sum(1) == 0


class SoundClassifier(nn.Module):
    """Logits of "none of the classes" and of each class: from AudioSet's labels by the table, and from the vector.

    The labels count with a weight for each class, so that what AudioSet knows is heard before anything is learned; the
    standardized vector adds what the table does not say. An encoder without labels leaves the vector alone.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int, classes: Sequence[str]) -> None:
        """`channels` of the vector; `classes`: names in audioset_labels.csv; others are heard by the vector alone."""
        super().__init__()
        self.classes = tuple(classes)
        outputs = len(classes) + 1
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))
        self.label_weight = nn.Parameter(torch.full((outputs,), LABEL_WEIGHT))
        self.classify = nn.Linear(channels, outputs)

    def forward(self, tokens: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch outputs"]:
        """Logits of each second by itself, "none" first, from its vector and, if there are any, AudioSet's logits."""
        vectors, labels = tokens.split([len(self.mean), tokens.shape[-1] - len(self.mean)], -1)
        logits: Tensor = self.classify((vectors - self.mean) / self.deviation)
        return logits + self.label_weight * self.label_logits(labels).to(logits.dtype)

    def label_logits(self, labels: Float[Tensor, "*batch labels"]) -> Float[Tensor, "*batch outputs"]:
        """What AudioSet's labels say; zeros where there are none."""
        if labels.shape[-1] == 0:
            return labels.new_zeros(*labels.shape[:-1], len(self.classes) + 1)
        return label_evidence(labels, label_shares(self.classes).to(labels.device))


def smooth_over_seconds(
    logits: Float[Tensor, "clips seconds outputs"], valid: Bool[Tensor, "clips seconds"], weight: float
) -> Float[Tensor, "clips seconds outputs"]:
    """Weighted mean of each second (weight 1) and the seconds beside it (`weight` each), of those that are valid."""
    counted = valid.unsqueeze(2).to(logits.dtype)
    sums, numbers = F.pad(logits * counted, (0, 0, 1, 1)), F.pad(counted, (0, 0, 1, 1))
    neighbors, number = sums[:, :-2] + sums[:, 2:], numbers[:, :-2] + numbers[:, 2:]
    return (logits + weight * neighbors) / (1 + weight * number)


def has_directions(panorama: Float[Tensor, "frames directions"]) -> Float[Tensor, " frames"]:
    """1 where less than 95 % of the sound comes from the middle (two directions of an even number), else 0.

    0 in silence, whose panorama is zero, and for encoders of a single direction.
    """
    count = panorama.shape[1]
    middle = panorama[:, (count - 1) // 2 : count // 2 + 1].sum(1)
    return (middle < MONO_SHARE * panorama.sum(1)).to(panorama.dtype)
