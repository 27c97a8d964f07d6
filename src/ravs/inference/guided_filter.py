"""Outlines of what sounds, drawn where the picture has edges. Ours; it acts on a prediction, never in training."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

RADIUS_SHARE = 6 / 224  # of the window, as a share of the picture's shorter side
EPSILON = (
    1e-4 / 0.226**2
)  # variance below which a window is flat: of pictures in [0, 1], then normalised as the model's
NEIGHBORHOOD_WEIGHT = 0.1  # how much the classes of the surroundings count beside a place's own


def guided_upsample(
    probabilities: Float[Tensor, "frames classes low_height low_width"],
    pictures: Float[Tensor, "frames 3 height width"],
) -> Float[Tensor, "frames classes height width"]:
    """Class probabilities at the size of the pictures, with 1 - P(background) smooth inside things and sharp at edges.

    A guided filter: within each window, what sounds is as near as can be to a linear function of the colours. The
    classes share it as they do there and nearby. Source: He et al., Guided Image Filtering (ECCV 2010).

    Args:
        probabilities: after the softmax, background first.
        pictures: what the model saw, normalised; both sides longer than a window's radius.
    """
    from kornia.filters import guided_blur  # here, since it takes a moment to load

    size = (pictures.shape[-2], pictures.shape[-1])
    radius = max(round(RADIUS_SHARE * min(size)), 1)
    sounding = F.interpolate(probabilities[:, 1:].sum(dim=1, keepdim=True), size, mode="bilinear")
    refined = guided_blur(pictures, sounding, 2 * radius + 1, EPSILON).clamp(0, 1)
    shares = F.interpolate(add_neighborhood(probabilities[:, 1:], 2 * radius / min(size)), size, mode="bilinear")
    shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=torch.finfo(shares.dtype).tiny)
    return torch.cat([1 - refined, refined * shares], dim=1)


def add_neighborhood(
    classes: Float[Tensor, "frames classes height width"], reach: float
) -> Float[Tensor, "frames classes height width"]:
    """Each place's probabilities and a little of the mean around it: where nothing sounds its own say nothing.

    `reach` is how far around, as a share of the shorter side.
    """
    cells = math.ceil(reach * min(classes.shape[-2:]))
    around = F.avg_pool2d(classes, 2 * cells + 1, stride=1, padding=cells, count_include_pad=False)
    return classes + NEIGHBORHOOD_WEIGHT * around
