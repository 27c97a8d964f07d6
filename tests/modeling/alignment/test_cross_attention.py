"""Eq. 5 by hand, its bias to directions, and the alignments of eq. 5 alone."""

import pytest
import torch
from torch import nn

from ravs.modeling.alignment.cross_attention import (
    CrossAttention,
    attend_to_audio,
    choose_num_heads,
    direction_bias,
    head_reaches,
)
from ravs.modeling.layers.attention import Attention


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_attending_adds_the_audio_tokens_weighted_by_how_they_fit_the_position():
    torch.manual_seed(0)
    norm, attention = nn.LayerNorm(6), Attention(width=6, num_heads=1)
    tokens, audio = seeded(2, 7, 6), seeded(2, 3, 6, seed=1)
    for frame in range(2):
        for position in range(7):
            query = attention.query(norm(tokens[frame, position]))
            weights = torch.stack([query @ attention.key(one) / 6**0.5 for one in audio[frame]]).exp()
            weights = weights / weights.sum()
            attended = sum(w * attention.value(one) for w, one in zip(weights, audio[frame], strict=True))
            expected = tokens[frame, position] + attention.output(attended)
            torch.testing.assert_close(attend_to_audio(tokens, audio, norm, attention)[frame, position], expected)


def test_with_one_audio_token_every_position_gets_the_same_and_the_query_gets_no_gradient():
    torch.manual_seed(0)
    norm, attention = nn.LayerNorm(6), Attention(width=6, num_heads=2)
    tokens, audio = seeded(2, 7, 6), seeded(2, 1, 6, seed=1)
    added = attend_to_audio(tokens, audio, norm, attention) - tokens
    torch.testing.assert_close(added, added[:, :1].expand(2, 7, 6))
    torch.testing.assert_close(added, attention(norm(tokens), audio))
    added.sum().backward()
    assert norm.weight.grad is None and attention.query.weight.grad is None
    assert attention.value.weight.grad.abs().max() > 0


def test_the_direction_bias_falls_with_the_squared_distance_from_a_column_to_a_direction_in_reaches():
    bias = direction_bias(2, 4, 4, (1 / 4, 1 / 8), torch.zeros(1))  # one column a direction
    apart = torch.arange(4.0)[:, None] - torch.arange(4.0)
    expected = torch.stack([-apart.square() / 2, -(2 * apart).square() / 2]).repeat(1, 2, 1)
    torch.testing.assert_close(bias, expected.unsqueeze(0))
    left, *_, right = direction_bias(1, 3, 2, (1.0,), torch.zeros(1))[
        0, 0
    ]  # columns at 1/6, 3/6, 5/6, directions 1/4, 3/4
    torch.testing.assert_close(left, -torch.tensor([(1 / 6 - 1 / 4) ** 2, (1 / 6 - 3 / 4) ** 2]) / 2)
    torch.testing.assert_close(right, left.flip(0))


def test_heads_reach_from_a_quarter_to_a_thirty_second_of_the_width_or_all_an_eighth():
    assert head_reaches("near_and_far", 4) == pytest.approx((1 / 4, 1 / 8, 1 / 16, 1 / 32))
    assert head_reaches("near_and_far", 2) == pytest.approx((1 / 4, 1 / 32))
    assert head_reaches("near_and_far", 1) == head_reaches("own_place", 8) == (1 / 8,)
    assert head_reaches("anywhere", 8) == ()


def alignment_from(hear_from, channels=6, width=8):
    torch.manual_seed(0)
    sizes = {"channels": channels, "width": width, "audio_channels": 5}
    alignment = CrossAttention(**sizes, position_encoding="none", hear_from=hear_from)
    nn.init.zeros_(alignment.attention.query.weight)  # the same query at every position
    nn.init.zeros_(alignment.attention.query.bias)
    return alignment


def change_by_column(alignment):
    """By how much audio from the left of eight directions changes each of eight columns."""
    maps, silence, audio = seeded(1, 6, 1, 8), torch.zeros(1, 8, 5), torch.zeros(1, 8, 5)
    audio[:, 1] = 1
    return (alignment(maps, audio).maps - alignment(maps, silence).maps).norm(dim=1).flatten()


def test_a_position_favors_its_own_direction_and_with_anywhere_all_directions_are_alike():
    change = change_by_column(alignment_from("own_place"))
    weights = direction_bias(1, 8, 8, (1 / 8,), change)[0, 0].softmax(dim=1)[:, 1]
    torch.testing.assert_close(change / change.max(), weights / weights.max())
    equal = change_by_column(alignment_from("anywhere"))
    torch.testing.assert_close(equal, equal[:1].expand(8))


def test_each_head_attends_as_far_as_its_own_reach():
    alignment = alignment_from("near_and_far", width=64)
    assert alignment.attention.num_heads == 2
    by_head = []
    for kept in (slice(0, 32), slice(32, 64)):  # of the heads' outputs, one head's alone
        weight = alignment.attention.output.weight.data
        alignment.attention.output.weight.data = torch.zeros_like(weight).index_copy_(
            1, torch.arange(64)[kept], weight[:, kept]
        )
        by_head.append(change_by_column(alignment))
        alignment.attention.output.weight.data = weight
    for change, reach in zip(by_head, (1 / 4, 1 / 32), strict=True):
        weights = direction_bias(1, 8, 8, (reach,), change)[0, 0].softmax(dim=1)[:, 1]
        torch.testing.assert_close(change / change.max(), weights / weights.max())


@pytest.mark.parametrize("hear_from", ["own_place", "near_and_far"])
def test_mirroring_image_and_directions_mirrors_what_is_added(hear_from):
    alignment = alignment_from(hear_from, width=64)
    maps, audio = seeded(2, 6, 3, 5), seeded(2, 4, 5)
    turned = alignment(maps.flip(3), audio.flip(1)).maps.flip(3)
    torch.testing.assert_close(turned, alignment(maps, audio).maps)


def test_cross_attention_adds_eq_5_and_nothing_else():
    torch.manual_seed(0)
    alignment = CrossAttention(channels=8, width=8, audio_channels=5, position_encoding="none")
    maps, audio = seeded(2, 8, 3, 5), seeded(2, 3, 5)
    tokens = maps.flatten(2).transpose(1, 2)
    attended = attend_to_audio(tokens, alignment.project_audio(audio), alignment.query_norm, alignment.attention)
    out = alignment(maps, audio)
    torch.testing.assert_close(out.maps.flatten(2).transpose(1, 2), attended)
    assert out.groups is None


def test_where_the_ground_truth_is_silent_the_filter_adds_no_audio():
    torch.manual_seed(0)
    alignment = CrossAttention(channels=6, width=8, audio_channels=5, position_encoding="sine")
    nn.init.zeros_(alignment.project_out.bias)
    maps, audio, keep = seeded(1, 6, 2, 2), seeded(1, 3, 5), torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    changed = (alignment(maps, audio, keep).maps != maps).any(dim=1)
    assert changed.tolist() == [[[True, False], [False, True]]]


@pytest.mark.parametrize(
    ("width", "heads"), [(768, 8), (128, 4), (24, 1), (40, 1), (96, 4), (112, 4), (64, 2), (320, 8), (8, 1)]
)
def test_heads_divide_the_width_and_are_never_narrower_than_twenty_four(width, heads):
    assert choose_num_heads(width) == heads
