"""Directions from level differences between left and right, by the constant-power panning law."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ravs.modeling.encoders.audio.front_ends import SIDE_LIMIT


def pan_offset(side: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """How far right of the center a source lies, -0.5 to 0.5 of the width. `side`: nepers of power, left over right.

    A source panned to x at constant power has the power cos²(πx/2) on the left and sin²(πx/2) on the right, so that
    x = 2/π atan exp(-side / 2). The center subtracted (Gudermann's function), it is odd to the last bit.
    """
    return torch.atan(torch.tanh(side / 4)) * (-2 / math.pi)


def shares_by_direction(
    side_plane: Float[Tensor, "frames time bins"], directions: int
) -> Float[Tensor, "frames {directions} time bins"]:
    """Share of each time and band in each direction, from left to right: its two nearest ones divide it.

    `side_plane` is plane 1 of a stereo front end, from -1 to 1. The mirrored plane has the mirrored shares. The front
    end resolves differences up to 13 dB: a source beyond 0.14 or 0.86 of the width is placed there.
    """
    outermost = (directions - 1) / 2
    position = (pan_offset(side_plane * SIDE_LIMIT) * directions).clamp(-outermost, outermost).unsqueeze(1)
    centers = torch.arange(directions, device=position.device, dtype=position.dtype).view(-1, 1, 1) - outermost
    return (1 - (position - centers).abs()).clamp(min=0)
