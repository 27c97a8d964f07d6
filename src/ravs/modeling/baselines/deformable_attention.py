"""The pixel encoder of AVSegFormer: transformers' deformable attention over three maps."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DeformableDetrConfig
from transformers.models.deformable_detr.modeling_deformable_detr import DeformableDetrEncoderLayer

from ravs.modeling.alignment.cross_attention import to_maps, to_tokens
from ravs.modeling.layers.position_encoding import sine_positions


class DeformableEncoder(nn.Module):
    """Layers in which each position of three maps attends to a few points of all three (Zhu et al., ICLR 2021)."""

    def __init__(
        self, *, width: int, num_heads: int, num_points: int, num_layers: int, feed_forward: int, dropout: float
    ) -> None:
        super().__init__()
        sizes = DeformableDetrConfig(
            d_model=width,
            encoder_attention_heads=num_heads,
            encoder_n_points=num_points,
            encoder_ffn_dim=feed_forward,
            num_feature_levels=3,
            activation_function="gelu",
            dropout=dropout,
            disable_custom_kernels=True,
        )
        layers = [DeformableDetrEncoderLayer(sizes) for _ in range(num_layers)]
        for layer in layers:
            init_sampling_offsets(layer.self_attn)
        self.layers = nn.ModuleList(layers)
        self.level = nn.Parameter(torch.randn(3, width))  # of the map that a token comes from

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Three maps of one width, finest first, to three of the same shapes."""
        sizes = [(one.shape[-2], one.shape[-1]) for one in maps]
        tokens = torch.cat([to_tokens(one) for one in maps], dim=1)
        encodings = torch.cat(
            [sine_positions(*size, tokens.shape[-1], tokens) + self.level[i] for i, size in enumerate(sizes)], dim=1
        )
        shapes = torch.tensor(sizes, device=tokens.device)
        points = torch.cat([position_centers(*size, tokens) for size in sizes]).unsqueeze(1).expand(-1, len(sizes), -1)
        for layer in self.layers:
            tokens = layer(
                tokens,
                attention_mask=None,
                spatial_position_embeddings=encodings,
                reference_points=points.unsqueeze(0).expand(len(tokens), -1, -1, -1),
                spatial_shapes=shapes,
                spatial_shapes_list=sizes,
            )
        parts = tokens.split([height * width for height, width in sizes], dim=1)
        return [to_maps(part, one) for part, one in zip(parts, maps, strict=True)]


def position_centers(height: int, width: int, like: Tensor) -> Tensor:
    """The center of each position as a share of the image, x before y: positions, 2."""
    rows = (torch.arange(height, device=like.device, dtype=like.dtype) + 0.5) / height
    columns = (torch.arange(width, device=like.device, dtype=like.dtype) + 0.5) / width
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1).flatten(0, 1)


@torch.no_grad()
def init_sampling_offsets(attention: Any) -> None:
    """Initialize as Deformable DETR: each head samples in a direction of its own, one step further for each point."""
    angles = torch.arange(attention.n_heads) * (2 * math.pi / attention.n_heads)
    directions = torch.stack([angles.cos(), angles.sin()], dim=-1)
    directions = directions / directions.abs().amax(dim=-1, keepdim=True)  # on a square's border
    steps = torch.arange(1, attention.n_points + 1)
    offsets = directions[:, None, None] * steps[:, None]  # heads, 1, points, 2
    offsets = offsets.expand(-1, attention.n_levels, -1, -1)
    attention.sampling_offsets.bias.copy_(offsets.flatten())
    for parameter in (attention.sampling_offsets.weight, *attention.attention_weights.parameters()):
        nn.init.zeros_(parameter)
    for linear in (attention.value_proj, attention.output_proj):
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
