"""Uncertainty estimation, eq. 10-11 of the paper: a Dirichlet over the classes, whose variance sharpens the mask."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.shapes import ClassMaps, FeatureMap

EPSILON = 1e-4  # of eq. 11 (paper)
MIN_CONCENTRATION = 1e-6  # ours: softplus(-120) is 0, and eq. 10 would be 0 / 0


def concentration(uncertainty_logits: ClassMaps) -> ClassMaps:
    """Parameters alpha of the Dirichlet: softplus, in float32 whatever the logits come in."""
    return F.softplus(uncertainty_logits.float()) + MIN_CONCENTRATION


def dirichlet_variance(alpha: ClassMaps) -> ClassMaps:
    """Eq. (10). Variance of each class under a Dirichlet with parameters alpha; between 0 and 1/4."""
    total = alpha.sum(dim=1, keepdim=True)
    share = alpha / total
    return share * (1 - share) / (total + 1)


def scale_bound(variance: ClassMaps) -> ClassMaps:
    """Scale to [0, 1] by the largest possible variance, 1/4; no other pixel changes a pixel's value (ours)."""
    return 4 * variance


def scale_minmax(variance: ClassMaps) -> ClassMaps:
    """Scale to [0, 1] by minimum and maximum over classes and pixels of a frame, without gradient; constant is 0."""
    fixed, frame_axes = variance.detach(), (1, 2, 3)
    least = fixed.amin(dim=frame_axes, keepdim=True)
    spread = fixed.amax(dim=frame_axes, keepdim=True) - least
    return (variance - least) / spread.masked_fill(spread == 0, 1)


def adjust_logits(logits: ClassMaps, delta: ClassMaps) -> ClassMaps:
    """Eq. (11). Prediction divided by (delta + 1e-4), as logits: m - log(delta + 1e-4), exact after normalization.

    Binary sets have a silent and a sounding class, of which only the sounding one is divided (ours: one sigmoid of
    the paper is the softmax of two logits here).
    """
    adjustment = (delta + EPSILON).log()
    if logits.shape[1] == 2:
        adjustment = F.pad(adjustment[:, 1:], (0, 0, 0, 0, 1, 0))
    return logits.float() - adjustment


def delta_of_winning_class(delta: ClassMaps, adjusted_logits: ClassMaps) -> Tensor:
    """Delta of the winning class at each pixel: frames, height, width."""
    return delta.gather(1, adjusted_logits.argmax(dim=1, keepdim=True)).squeeze(1)


def readable_uncertainty(delta: Tensor) -> Tensor:
    """The uncertainty shown to users: how far eq. 11 lowers a logit, as a share of the most it can (ours).

    0 stays 0, 1 stays 1, and the order stays; but trained models are so confident that a map of delta itself would be
    black: 99 % of the pixels of ravs-tiny lie below 0.0005, though delta separates wrong pixels from right ones.
    """
    return torch.log1p(delta / EPSILON) / math.log1p(1 / EPSILON)


class UncertaintyHeads(nn.Module):
    """Heads for the class logits m and, where `uncertainty` is on, for the uncertainty logits u."""

    def __init__(self, *, width: int, num_classes: int, uncertainty: bool, scaling: str) -> None:
        super().__init__()
        self.classify = nn.Conv2d(width, num_classes, 1)
        self.doubt = nn.Conv2d(width, num_classes, 1) if uncertainty else None
        assert self.classify.bias is not None
        nn.init.zeros_(self.classify.bias)
        nn.init.constant_(self.classify.bias[:1], 3.0)  # most pixels are background
        self.scale = scale_minmax if scaling == "minmax" else scale_bound

    def forward(self, fused: FeatureMap) -> tuple[ClassMaps, ClassMaps, Tensor | None]:
        """Returns m, the adjusted logits, and one uncertainty in [0, 1] per pixel (None without the second head)."""
        if self.doubt is None:
            logits = self.classify(fused)
            return logits, logits.float(), None
        logits, uncertainty_logits = self.run_heads(fused, self.classify, self.doubt)
        delta = self.scale(dirichlet_variance(concentration(uncertainty_logits)))
        adjusted = adjust_logits(logits, delta)
        return logits, adjusted, readable_uncertainty(delta_of_winning_class(delta, adjusted)).clamp(0, 1)

    @staticmethod
    def run_heads(fused: FeatureMap, *heads: nn.Conv2d) -> tuple[Tensor, ...]:
        """Outputs of several 1×1 convolutions in one product over the channels: each frames, classes, height, width."""
        weight = torch.cat([head.weight for head in heads]).flatten(1)
        bias = torch.cat([head.bias for head in heads if head.bias is not None])
        return F.linear(fused.permute(0, 2, 3, 1), weight, bias).permute(0, 3, 1, 2).chunk(len(heads), dim=1)
