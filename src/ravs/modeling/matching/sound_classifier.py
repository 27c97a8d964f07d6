"""What is heard (ours): a linear classifier on the frozen vector of each second, and where the sound comes from."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

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
    """Logits of "none of the classes" and of each class, from a standardized vector."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))
        self.classify = nn.Linear(channels, num_classes + 1)

    def forward(self, vectors: Float[Tensor, "*batch channels"]) -> Float[Tensor, "*batch outputs"]:
        """Logits of each vector by itself, "none" first."""
        logits: Tensor = self.classify((vectors - self.mean) / self.deviation)
        return logits


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
