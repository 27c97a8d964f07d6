"""Mask outlines aligned with image edges by a guided filter. Ours; applied to predictions, never in training."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

RADIUS_SHARE = 6 / 224  # of the window, as a share of the image's shorter side
EPSILON = 1e-4 / 0.226**2  # variance below which a window is flat: 1e-4 for images in [0, 1], here normalized
NEIGHBORHOOD_WEIGHT = 0.1  # weight of the classes around a location beside its own


def guided_upsample(
    probabilities: Float[Tensor, "frames classes low_height low_width"],
    images: Float[Tensor, "frames 3 height width"],
) -> Float[Tensor, "frames classes height width"]:
    """Class probabilities at the size of the images, with 1 - P(background) smooth inside objects and sharp at edges.

    A guided filter fits 1 - P(background) in each window by a linear function of the image's colors. Classes share it
    in the proportions of that location and its surroundings. Source: He et al., Guided Image Filtering (ECCV 2010).

    Args:
        probabilities: after the softmax, background first.
        images: the model's input, normalized; both sides longer than a window's radius.
    """
    from kornia.filters import guided_blur  # here, since it takes a moment to load

    size = (images.shape[-2], images.shape[-1])
    radius = max(round(RADIUS_SHARE * min(size)), 1)
    sounding = F.interpolate(probabilities[:, 1:].sum(dim=1, keepdim=True), size, mode="bilinear")
    refined = guided_blur(images, sounding, 2 * radius + 1, EPSILON).clamp(0, 1)
    shares = F.interpolate(add_neighborhood(probabilities[:, 1:], 2 * radius / min(size)), size, mode="bilinear")
    shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=torch.finfo(shares.dtype).tiny)
    return torch.cat([1 - refined, refined * shares], dim=1)


def add_neighborhood(
    classes: Float[Tensor, "frames classes height width"], reach: float
) -> Float[Tensor, "frames classes height width"]:
    """Class probabilities plus a little of their mean nearby, since those of silent locations carry no information.

    `reach` is the radius of the mean as a share of the shorter side.
    """
    cells = math.ceil(reach * min(classes.shape[-2:]))
    around = F.avg_pool2d(classes, 2 * cells + 1, stride=1, padding=cells, count_include_pad=False)
    return classes + NEIGHBORHOOD_WEIGHT * around
