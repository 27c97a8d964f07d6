"""Sine encodings of the position in an image and of the second in a clip (Vaswani et al. 2017; DETR for two axes)."""

import math

import torch
from torch import Tensor


def sine_waves(positions: Tensor, channels: int) -> Tensor:
    """Sines and cosines of `positions` (in radians of the slowest wave) at frequencies 1, …, 100, `channels` in all."""
    half = (channels + 1) // 2
    exponents = torch.arange(half, device=positions.device, dtype=torch.float32) / max(half - 1, 1)
    angles = positions.float().unsqueeze(-1) * 100.0**exponents
    return torch.cat([angles.sin(), angles.cos()], dim=-1)[..., :channels]


def sine_positions(height: int, width: int, channels: int, like: Tensor) -> Tensor:
    """Relative position of each token: 1, tokens, channels in the dtype of `like`; half the channels for each axis.

    Positions run from 0 to π/2 over the image whatever its size, so that left and right are the same at any resolution.
    """
    rows = (torch.arange(height, device=like.device) + 0.5) / height * (math.pi / 2)
    columns = (torch.arange(width, device=like.device) + 0.5) / width * (math.pi / 2)
    column_channels = channels - channels // 2
    encoded = torch.cat(
        [
            sine_waves(rows, channels // 2).unsqueeze(1).expand(height, width, -1),
            sine_waves(columns, column_channels).unsqueeze(0).expand(height, width, -1),
        ],
        dim=-1,
    )
    return encoded.flatten(0, 1).unsqueeze(0).to(like.dtype)


def sine_times(seconds: int, channels: int, like: Tensor) -> Tensor:
    """Encoding of the second: seconds, channels. A second is 0.1 radians of the slowest wave."""
    return sine_waves(0.1 * torch.arange(seconds, device=like.device), channels).to(like.dtype)
