"""Temporal attention: at each place of the fused map the seconds of a clip see each other (paper, section 3.3)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.layers.attention import Attention
from ravs.modeling.layers.position_encoding import sine_times
from ravs.modeling.shapes import ClipMaps, ValidSeconds

PositionTokens = Float[Tensor, "clips seconds places width"]
PositionHeads = Float[Tensor, "clips seconds places heads size"]


class TemporalAttention(nn.Module):
    """Self-attention over the seconds, place by place; clips never see each other, padded seconds are not seen.

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
        places = maps.permute(0, 1, 3, 4, 2).flatten(2, 3)  # no copy where channels come last in memory
        heads = attend_over_seconds(*self.project(self.norm(places)), valid)
        places = places + self.attention.output(heads.flatten(3))
        out: Tensor = places.unflatten(2, maps.shape[-2:]).permute(0, 1, 4, 2, 3)
        return out

    def project(self, places: PositionTokens) -> tuple[PositionHeads, PositionHeads, PositionHeads]:
        """Queries, keys and values in one product. The time is added behind it, once for all places of a second."""
        query, key, value = self.attention.query, self.attention.key, self.attention.value
        weight = torch.cat([query.weight, key.weight, value.weight])
        bias = torch.cat([query.bias, torch.zeros_like(query.bias), value.bias])
        seconds, channels = places.shape[1], places.shape[-1]
        time = sine_times(seconds, channels, places) if self.time_encoding else places.new_zeros(seconds, channels)
        joined = F.linear(places, weight)
        joined += F.linear(time, weight, bias).unsqueeze(1)
        queries, keys, values = joined.unflatten(-1, (3, self.attention.num_heads, -1)).unbind(dim=3)
        return queries, keys, values


class NoTemporalAttention(nn.Module):
    """In the place of temporal attention, which the paper has with its uncertainty alone: the maps as they are."""

    def forward(self, maps: ClipMaps, valid: ValidSeconds | None = None) -> ClipMaps:
        """Takes what TemporalAttention takes."""
        return maps


def attend_over_seconds(
    query: PositionHeads, key: PositionHeads, value: PositionHeads, valid: ValidSeconds | None
) -> PositionHeads:
    """Softmax of scaled products over the seconds that count."""
    clips, _, places = query.shape[:3]
    query, key, value = (one.permute(0, 2, 3, 1, 4).flatten(0, 1) for one in (query, key, value))  # heads, seconds last
    mask = None if valid is None else valid.repeat_interleave(places, dim=0)[:, None, None]
    seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    heads: Tensor = seen.unflatten(0, (clips, places)).permute(0, 3, 1, 2, 4)
    return heads
