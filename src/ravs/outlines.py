"""Outlines of what sounds, drawn where the picture has edges. Ours; it acts on a prediction, never in training."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

RADIUS = 6 / 224  # of the window, as a share of the picture's shorter side
EDGE = 1e-4 / 0.226**2  # variance below which a window is flat: of pictures in [0, 1], then normalised as the model's
TINY = 1e-6


def guided(
    probabilities: Float[Tensor, "frames classes low_height low_width"],
    pictures: Float[Tensor, "frames 3 height width"],
) -> Float[Tensor, "frames classes height width"]:
    """Class probabilities at the size of the pictures, with 1 - P(background) smooth inside things and sharp at edges.

    A guided filter: within each window, what sounds is as near as can be to a linear function of the colours. Classes
    keep their shares of it. Source: He et al., Guided Image Filtering (ECCV 2010).

    Args:
        probabilities: after the softmax, background first.
        pictures: what the model saw, normalised.
    """
    from kornia.filters import guided_blur  # here, since it takes a moment to load

    size = (pictures.shape[-2], pictures.shape[-1])
    larger = F.interpolate(probabilities, size, mode="bilinear")
    sounding = 1 - larger[:, :1]
    window = 2 * max(round(RADIUS * min(size)), 1) + 1
    refined = guided_blur(pictures, sounding, window, EDGE, separable=True).clamp(0, 1)
    return torch.cat([1 - refined, larger[:, 1:] * (refined / sounding.clamp(min=TINY))], dim=1)
