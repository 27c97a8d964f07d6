"""Temporal attention among the seconds of a clip, at each position of the fused map (paper, section 3.3)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.layers.attention import Attention
from ravs.modeling.layers.position_encoding import sine_times
from ravs.modeling.shapes import ClipMaps, ValidSeconds

PositionTokens = Float[Tensor, "clips seconds positions width"]
PositionHeads = Float[Tensor, "clips seconds positions heads size"]


class TemporalAttention(nn.Module):
    """Self-attention over the seconds at each position; clips are independent, and padded seconds are masked.

    Ours: pre-norm and residual, an inner width of its own, and a sine encoding of the second (without it the
    seconds would have no order).
    """

    def __init__(self, *, width: int, inner_width: int, num_heads: int, time_encoding: bool) -> None:
        super().__init__()
        self.time_encoding = time_encoding
        self.norm = nn.LayerNorm(width)
        self.attention = Attention(width=width, inner_width=inner_width, num_heads=num_heads)

    def forward(self, maps: ClipMaps, valid: ValidSeconds | None = None) -> ClipMaps:
        """Shapes: clips, seconds, channels, height, width to the same. `valid` is False for padded seconds."""
        positions = maps.permute(0, 1, 3, 4, 2).flatten(2, 3)  # no copy where channels come last in memory
        heads = attend_over_seconds(*self.project(self.norm(positions)), valid)
        positions = positions + self.attention.output(heads.flatten(3))
        out: Tensor = positions.unflatten(2, maps.shape[-2:]).permute(0, 1, 4, 2, 3)
        return out

    def project(self, positions: PositionTokens) -> tuple[PositionHeads, PositionHeads, PositionHeads]:
        """Queries, keys and values in one product; the time is projected once for all positions of a second."""
        query, key, value = self.attention.query, self.attention.key, self.attention.value
        weight = torch.cat([query.weight, key.weight, value.weight])
        bias = torch.cat([query.bias, torch.zeros_like(query.bias), value.bias])
        seconds, channels = positions.shape[1], positions.shape[-1]
        none = positions.new_zeros(seconds, channels)
        time = sine_times(seconds, channels, positions) if self.time_encoding else none
        joined = F.linear(positions, weight)
        joined += F.linear(time, weight, bias).unsqueeze(1)
        queries, keys, values = joined.unflatten(-1, (3, self.attention.num_heads, -1)).unbind(dim=3)
        return queries, keys, values


class NoTemporalAttention(nn.Module):
    """The identity in place of temporal attention, which the paper introduces with its uncertainty."""

    def forward(self, maps: ClipMaps, valid: ValidSeconds | None = None) -> ClipMaps:
        """The maps unchanged; arguments are TemporalAttention's."""
        return maps


def attend_over_seconds(
    query: PositionHeads, key: PositionHeads, value: PositionHeads, valid: ValidSeconds | None
) -> PositionHeads:
    """Scaled dot-product attention over the valid seconds."""
    clips, _, positions = query.shape[:3]
    query, key, value = (one.permute(0, 2, 3, 1, 4).flatten(0, 1) for one in (query, key, value))  # heads, seconds last
    mask = None if valid is None else valid.repeat_interleave(positions, dim=0)[:, None, None]
    attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    heads: Tensor = attended.unflatten(0, (clips, positions)).permute(0, 3, 1, 2, 4)
    return heads
