"""The queries of AVSegFormer: their layers (post-norm), generated from the audio, and decoded to masks."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.baselines.base import AudioVector
from ravs.modeling.shapes import FeatureMap

Queries = Float[Tensor, "frames queries channels"]


class QueryLayer(nn.Module):
    """Self-attention over the queries, cross-attention to keys, feed-forward with GELU; post-norm."""

    def __init__(self, *, width: int, num_heads: int, feed_forward: int, dropout: float, bias: bool) -> None:
        super().__init__()
        self.self_attention = nn.MultiheadAttention(width, num_heads, dropout, bias=bias, batch_first=True)
        self.cross_attention = nn.MultiheadAttention(width, num_heads, dropout, bias=bias, batch_first=True)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout), nn.Linear(feed_forward, width)
        )
        self.self_norm, self.cross_norm, self.feed_norm = (nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Queries, keys: Float[Tensor, "frames keys channels"]) -> Queries:
        """Shapes of the queries stay."""
        attended, _ = self.self_attention(queries, queries, queries, need_weights=False)
        queries = self.self_norm(queries + self.dropout(attended))
        attended, _ = self.cross_attention(queries, keys, keys, need_weights=False)
        queries = self.cross_norm(queries + self.dropout(attended))
        out: Tensor = self.feed_norm(queries + self.dropout(self.feed_forward(queries)))
        return out


class QueryGenerator(nn.Module):
    """Learned queries that attend to the audio of their second; attention has no biases.

    With one key, cross-attention adds the same vector to every query, whatever the query and the key's projection.
    """

    def __init__(
        self, *, num_queries: int, width: int, num_heads: int, num_layers: int, feed_forward: int, dropout: float
    ) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(num_queries, width))
        self.layers = nn.ModuleList(
            QueryLayer(width=width, num_heads=num_heads, feed_forward=feed_forward, dropout=dropout, bias=False)
            for _ in range(num_layers)
        )

    def forward(self, audio: AudioVector) -> Queries:
        """One audio vector per second, of the queries' width, to its queries."""
        queries = self.queries.expand(len(audio), -1, -1)
        for layer in self.layers:
            queries = layer(queries, audio.unsqueeze(1))
        return queries


class QueryMaskHead(nn.Module):
    """Each query's map of the mask feature, mixed by a perceptron over the maps, to class logits at the image's size.

    As published, the perceptron runs at stride 4 and the last convolution has no bias.
    """

    def __init__(self, *, num_queries: int, width: int, hidden: int, num_classes: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(num_queries, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Conv2d(hidden, width, 1),
        )
        self.narrow = nn.Conv2d(width, width // 2, 3, padding=1)
        self.narrower = nn.Conv2d(width // 2, width // 8, 3, padding=1)
        self.classify = nn.Conv2d(width // 8, num_classes, 1, bias=False)

    def forward(self, queries: Queries, feature: FeatureMap, size: tuple[int, int]) -> Tensor:
        """Shapes: frames, queries, channels and frames, width, height / 4, width / 4 to frames, classes and `size`."""
        maps = torch.einsum("fqc,fchw->fqhw", queries, feature)
        mixed = self.narrow(self.mix(maps) + feature)
        mixed = F.interpolate(mixed, size, mode="bilinear")
        logits: Tensor = self.classify(F.relu(self.narrower(mixed)))
        return logits
