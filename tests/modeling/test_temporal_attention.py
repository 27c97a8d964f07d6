"""Temporal attention at each position, and what it must not attend to."""

import pytest
import torch

from ravs.modeling.layers.position_encoding import sine_times
from ravs.modeling.temporal_attention import TemporalAttention
from support.models import clip, tiny


def temporal(time_encoding=True):
    torch.manual_seed(0)
    return TemporalAttention(width=6, inner_width=4, num_heads=2, time_encoding=time_encoding).eval()


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("time_encoding", [True, False])
def test_each_position_attends_to_its_own_seconds_and_no_others(time_encoding):
    attend, maps = temporal(time_encoding), seeded(2, 5, 6, 3, 4)
    out = attend(maps)
    for which in range(2):
        for row in range(3):
            for column in range(4):
                position = maps[which, :, :, row, column][None]  # one, seconds, channels
                positioned = attend.norm(position)
                if time_encoding:
                    positioned = positioned + sine_times(5, 6, positioned)
                expected = (position + attend.attention(positioned, positioned))[0]
                torch.testing.assert_close(out[which, :, :, row, column], expected)


def test_clips_are_independent_of_each_other():
    attend, maps = temporal(), seeded(2, 5, 6, 3, 4)
    before = attend(maps)
    changed = maps.clone()
    changed[1] += 3 * seeded(5, 6, 3, 4, seed=1)
    after = attend(changed)
    assert torch.equal(after[0], before[0])
    assert not torch.allclose(after[1] - changed[1], before[1] - maps[1])


def test_the_seconds_of_a_clip_attend_to_each_other():
    attend, maps = temporal(), seeded(1, 5, 6, 3, 4)
    changed = maps.clone()
    changed[:, 4] += seeded(6, 3, 4, seed=1)
    assert not torch.allclose(attend(changed)[:, 0], attend(maps)[:, 0])


def test_padded_seconds_are_masked():
    attend, maps = temporal(), seeded(1, 3, 6, 2, 2)
    padded = torch.cat([maps, 100 * seeded(1, 2, 6, 2, 2, seed=1)], dim=1)
    valid = torch.tensor([[True, True, True, False, False]])
    torch.testing.assert_close(attend(padded, valid)[:, :3], attend(maps))
    assert not torch.allclose(attend(padded)[:, :3], attend(maps), atol=1e-3)


def test_each_clip_has_its_own_padding():
    attend, maps = temporal(), seeded(2, 4, 6, 2, 3)
    valid = torch.tensor([[True] * 4, [True, True, False, False]])
    both = attend(maps, valid)
    torch.testing.assert_close(both[:1], attend(maps[:1]))
    torch.testing.assert_close(both[1:, :2], attend(maps[1:, :2]))


def test_a_clip_of_one_second_works_and_attends_to_itself_alone():
    attend, maps = temporal(time_encoding=False), seeded(1, 1, 6, 3, 4)
    tokens = maps[0, 0].flatten(1).T[:, None]
    expected = tokens + attend.attention.forward_one_key(attend.norm(tokens))
    torch.testing.assert_close(attend(maps)[0, 0].flatten(1).T[:, None], expected)


def test_seconds_have_an_order_only_with_the_encoding_of_time():
    maps, turned = seeded(1, 4, 6, 2, 2), [2, 0, 3, 1]
    unordered, ordered = temporal(time_encoding=False), temporal()
    torch.testing.assert_close(unordered(maps[:, turned]), unordered(maps)[:, turned])
    assert not torch.allclose(ordered(maps[:, turned]), ordered(maps)[:, turned], atol=1e-3)


def test_without_temporal_attention_seconds_are_independent():
    apart, together = (tiny(temporal=temporal) for temporal in ("none", "attention"))
    inputs = clip(seconds=3)
    other = inputs["pixel_values"].clone()
    other[:, 2] += 1
    for model, changes in ((apart, [False, False, True]), (together, [True, True, True])):
        before, after = (
            model(pixels, inputs["audio_features"]).logits[0] for pixels in (inputs["pixel_values"], other)
        )
        assert ((before - after).abs().flatten(1).amax(dim=1) > 1e-5).tolist() == changes
    assert not any(name.startswith("temporal.") for name in apart.state_dict())
