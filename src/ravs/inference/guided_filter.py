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

    Classes share the filtered 1 - P(background) in the proportions of that location and its surroundings.

    Args:
        probabilities: after the softmax, background first.
        images: the model's input, normalized; both sides longer than a window's radius.
    """
    size = (images.shape[-2], images.shape[-1])
    refined = refine_sounding(probabilities, images)[:, None]
    shares = F.interpolate(class_proportions(probabilities, size), size, mode="bilinear")
    shares = shares / shares.sum(dim=1, keepdim=True).clamp(min=torch.finfo(shares.dtype).tiny)
    return torch.cat([1 - refined, refined * shares], dim=1)


def refine_sounding(
    probabilities: Float[Tensor, "frames classes low_height low_width"],
    images: Float[Tensor, "frames 3 height width"],
) -> Float[Tensor, "frames height width"]:
    """1 - P(background) at the size of the images, by the guided filter."""
    size = (images.shape[-2], images.shape[-1])
    sounding = F.interpolate(probabilities[:, 1:].sum(dim=1, keepdim=True), size, mode="bilinear")
    return guided_filter(sounding, images, filter_radius(size), EPSILON).clamp(0, 1)[:, 0]


def class_proportions(
    probabilities: Float[Tensor, "frames classes low_height low_width"], size: tuple[int, int]
) -> Float[Tensor, "frames sounds low_height low_width"]:
    """In what proportions the classes share what sounds in images of this size, at the probabilities' own stride."""
    return add_neighborhood(probabilities[:, 1:], 2 * filter_radius(size) / min(size))


def filter_radius(size: tuple[int, int]) -> int:
    """The radius of the filter's windows in an image of this size (height, width)."""
    return max(round(RADIUS_SHARE * min(size)), 1)


def guided_filter(
    target: Float[Tensor, "frames 1 height width"],
    images: Float[Tensor, "frames channels height width"],
    radius: int,
    epsilon: float,
) -> Float[Tensor, "frames 1 height width"]:
    """The target, with the edges of the images: in each window it is fitted by a linear function of the colors.

    A pixel gets the mean of what the windows around it say. Beyond the border lies the mirror image. Source: He et al.,
    Guided Image Filtering (ECCV 2010), the filter with a color image as guide.

    Args:
        radius: of a window, pixels; smaller than both sides.
        epsilon: variance below which a window counts as flat.
    """
    channels = images.shape[1]
    squares = (images[:, :, None] * images[:, None]).flatten(1, 2)
    means = box_mean(torch.cat([images, target, images * target, squares], dim=1), radius)
    mean, mean_target, mean_product, mean_square = means.split([channels, 1, channels, channels**2], dim=1)
    variance = mean_square.unflatten(1, (channels, channels)) - mean[:, :, None] * mean[:, None]
    covariance = mean_product - mean * mean_target
    ridge = epsilon * torch.eye(channels, dtype=images.dtype, device=images.device)
    slope = torch.linalg.solve(variance.permute(0, 3, 4, 1, 2) + ridge, covariance.permute(0, 2, 3, 1))
    slope = slope.permute(0, 3, 1, 2)
    offset = mean_target - (slope * mean).sum(dim=1, keepdim=True)
    slope, offset = box_mean(torch.cat([slope, offset], dim=1), radius).split([channels, 1], dim=1)
    filtered: Tensor = (slope * images).sum(dim=1, keepdim=True) + offset
    return filtered


def box_mean(
    values: Float[Tensor, "frames channels height width"], radius: int
) -> Float[Tensor, "frames channels height width"]:
    """The mean of the square window around each location; beyond the border lies the mirror image."""
    side = 2 * radius + 1
    columns = F.avg_pool2d(F.pad(values, (radius,) * 4, mode="reflect"), (side, 1), stride=1)
    return F.avg_pool2d(columns, (1, side), stride=1)


def add_neighborhood(
    classes: Float[Tensor, "frames classes height width"], reach: float
) -> Float[Tensor, "frames classes height width"]:
    """Class probabilities plus a little of their mean nearby, since those of silent locations carry no information.

    `reach` is the radius of the mean as a share of the shorter side.
    """
    cells = math.ceil(reach * min(classes.shape[-2:]))
    around = F.avg_pool2d(classes, 2 * cells + 1, stride=1, padding=cells, count_include_pad=False)
    return classes + NEIGHBORHOOD_WEIGHT * around
