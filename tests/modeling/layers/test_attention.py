"""Attention worked out one head, one query after another."""

import math

import pytest
import torch

from ravs.modeling.layers.attention import Attention, DecoderLayer


def attended_by_hand(attention, queries, keys, bias=None):
    """Softmax of scaled products plus bias: one example, one head, one query at a time."""
    query, key, value = attention.query(queries), attention.key(keys), attention.value(keys)
    size = query.shape[-1] // attention.num_heads
    out = torch.zeros_like(query)
    for example in range(len(queries)):
        for head in range(attention.num_heads):
            part = slice(head * size, (head + 1) * size)
            for position in range(queries.shape[1]):
                logits = key[example, :, part] @ query[example, position, part] / math.sqrt(size)
                if bias is not None:
                    by_query = bias[example, head if bias.shape[1] > 1 else 0]
                    logits = logits + by_query[position if bias.shape[2] > 1 else 0]
                out[example, position, part] = logits.exp() / logits.exp().sum() @ value[example, :, part]
    return attention.output(out)


@pytest.fixture
def tokens():
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator)


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return Attention(width=8, num_heads=2, inner_width=12)


def test_attention_is_a_softmax_of_scaled_products_in_each_head(attention, tokens):
    queries, keys = tokens(2, 3, 8), tokens(2, 5, 8)
    torch.testing.assert_close(attention(queries, keys), attended_by_hand(attention, queries, keys))


@pytest.mark.parametrize("sizes", [(2, 1), (2, 2), (1, 2)])
def test_few_queries_and_many_take_two_ways_to_the_same(attention, tokens, sizes):
    queries, keys, bias = tokens(2, 9, 8), tokens(2, 5, 8), tokens(*sizes, 9, 5)
    together = attention(queries, keys, bias)  # 9 queries × 2 heads are more than the inner width of 12
    torch.testing.assert_close(attention.forward_few_queries(queries, keys, bias), together)
    by_hand = attended_by_hand(attention, queries, keys, bias.expand(2, -1, -1, -1))
    torch.testing.assert_close(by_hand, together)


@pytest.mark.parametrize(("heads", "rows"), [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_the_bias_is_added_to_the_logits_of_its_head_and_query_or_of_all(attention, tokens, heads, rows):
    queries, keys, bias = tokens(2, 3, 8), tokens(2, 5, 8), tokens(2, heads, rows, 5)
    torch.testing.assert_close(attention(queries, keys, bias), attended_by_hand(attention, queries, keys, bias))


def test_a_key_with_a_bias_of_minus_infinity_is_masked(attention, tokens):
    queries, keys = tokens(2, 3, 8), tokens(2, 5, 8)
    bias = torch.zeros(2, 1, 1, 5).index_fill(3, torch.tensor([1, 4]), -torch.inf)
    torch.testing.assert_close(attention(queries, keys, bias), attention(queries, keys[:, [0, 2, 3]]))


def test_the_bias_learns(attention, tokens):
    queries, keys, bias = tokens(1, 3, 8), tokens(1, 5, 8), tokens(1, 1, 1, 5)
    found, by_hand = bias.clone().requires_grad_(), bias.clone().requires_grad_()
    attention(queries, keys, found).square().sum().backward()
    attended_by_hand(attention, queries, keys, by_hand).square().sum().backward()
    assert found.grad.abs().max() > 1e-4
    torch.testing.assert_close(found.grad, by_hand.grad)


def test_a_single_key_is_what_every_query_gets(attention, tokens):
    queries, key = tokens(2, 3, 8), tokens(2, 1, 8)
    torch.testing.assert_close(attention.forward_one_key(key).expand(2, 3, 8), attention(queries, key))


def test_a_decoder_layer_is_three_residual_steps_with_norms_before_them(tokens):
    torch.manual_seed(0)
    layer = DecoderLayer(width=8, num_heads=2)
    groups, seen, bias = tokens(2, 3, 8), tokens(2, 7, 8), tokens(2, 1, 7)
    step = groups + attended_by_hand(layer.self_attention, layer.self_norm(groups), layer.self_norm(groups))
    step = step + attended_by_hand(layer.cross_attention, layer.cross_norm(step), seen, bias[:, None])
    step = step + layer.feed_forward(layer.feed_norm(step))
    torch.testing.assert_close(layer(groups, seen, bias), step)
    assert layer.feed_forward[0].out_features == 4 * 8
