"""Multi-head attention with an additive bias (eq. 5 and 7), and the pre-norm decoder layer of eq. 7."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

Bias = Float[Tensor, "#batch #heads #queries keys"]
GroupBias = Float[Tensor, "frames #groups tokens"]


class Attention(nn.Module):
    """Multi-head attention. `width` is that of queries and output, `inner_width` that of the heads together.

    Keys have no bias: it would add a constant to all logits of a query, which the softmax ignores.
    """

    def __init__(self, *, width: int, num_heads: int, inner_width: int | None = None) -> None:
        super().__init__()
        inner = inner_width or width
        self.num_heads = num_heads
        self.query = nn.Linear(width, inner)
        self.key = nn.Linear(width, inner, bias=False)
        self.value = nn.Linear(width, inner)
        self.output = nn.Linear(inner, width)

    def forward(
        self,
        queries: Float[Tensor, "batch queries width"],
        keys: Float[Tensor, "batch keys width"],
        bias: Bias | None = None,
    ) -> Float[Tensor, "batch queries width"]:
        """Softmax of scaled products plus `bias`, over the keys."""
        if queries.shape[1] * self.num_heads < min(self.key.out_features, keys.shape[1]):
            return self.forward_few_queries(queries, keys, bias)
        query, key, value = (
            layer(tokens).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)  # batch, heads, tokens, inner / heads
            for layer, tokens in ((self.query, queries), (self.key, keys), (self.value, keys))
        )
        mask = None if bias is None else bias.to(query.dtype)
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        out: Tensor = self.output(heads.transpose(1, 2).flatten(2))
        return out

    def forward_few_queries(
        self,
        queries: Float[Tensor, "batch queries width"],
        keys: Float[Tensor, "batch keys width"],
        bias: Bias | None = None,
    ) -> Float[Tensor, "batch queries width"]:
        """The same function, with keys and values projected on the side of the queries: cheaper where these are few.

        A query times a projected key is the query times the projection, times the raw key; values likewise.
        """
        by_head, size = (self.num_heads, -1), self.query.out_features // self.num_heads
        query = self.query(queries).unflatten(-1, by_head)
        projected = torch.einsum("bqhd,hdw->bqhw", query, self.key.weight.unflatten(0, by_head))
        if bias is not None:
            bias = bias.expand(-1, self.num_heads, queries.shape[1], -1).transpose(1, 2)
            bias = bias.flatten(1, 2).unsqueeze(1).to(projected.dtype)  # a row for each query's heads
        shared = keys.to(projected.dtype).unsqueeze(1)  # one head of the full width
        rows = projected.flatten(1, 2)[:, None]
        attended = F.scaled_dot_product_attention(rows, shared, shared, bias, scale=size**-0.5)
        by_query = attended[:, 0].unflatten(1, projected.shape[1:3])  # batch, queries, heads, width
        value = torch.einsum("bqhw,hdw->bqhd", by_query, self.value.weight.unflatten(0, by_head)).flatten(2)
        out: Tensor = self.output(value + self.value.bias)
        return out

    def forward_one_key(self, key: Float[Tensor, "batch one width"]) -> Float[Tensor, "batch one width"]:
        """Output of every query where there is a single key, whose weight is one whatever the query."""
        out: Tensor = self.output(self.value(key))
        return out


class DecoderLayer(nn.Module):
    """Self-attention over groups, cross-attention over tokens, feed-forward of four times the width; pre-norm."""

    def __init__(self, *, width: int, num_heads: int) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(width)
        self.self_attention = Attention(width=width, num_heads=num_heads)
        self.cross_norm = nn.LayerNorm(width)
        self.cross_attention = Attention(width=width, num_heads=num_heads)
        self.feed_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(
        self,
        groups: Float[Tensor, "frames groups width"],
        tokens: Float[Tensor, "frames tokens width"],
        bias: GroupBias,
    ) -> Float[Tensor, "frames groups width"]:
        """`bias` is added to the logits of the cross-attention, the same for all heads."""
        normed = self.self_norm(groups)
        groups = groups + self.self_attention(normed, normed)
        groups = groups + self.cross_attention(self.cross_norm(groups), tokens, bias.unsqueeze(1))
        out: Tensor = groups + self.feed_forward(self.feed_norm(groups))
        return out
