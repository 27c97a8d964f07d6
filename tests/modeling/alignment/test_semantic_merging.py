"""Eq. 6-7 by hand, remapping, and what the switches of the alignment promise."""

import pytest
import torch
from torch import nn

from ravs.modeling.alignment.cross_attention import attend_to_audio
from ravs.modeling.alignment.semantic_merging import (
    SoundGuidedSemanticMerging,
    membership,
    merge_groups,
    refine_groups,
    remap_groups,
)
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.encoders.audio.logmel_cnn import LogMelCNN
from ravs.modeling.layers.attention import DecoderLayer


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def merging(seed=0, **changes):
    """A small alignment as in ravs-tiny, but with all directions alike; with some choices changed."""
    torch.manual_seed(seed)
    choices = {
        "channels": 6,
        "width": 8,
        "audio_channels": 5,
        "position_encoding": "sine",
        "num_groups": 4,
        "num_neighbors": 5,
        "num_layers": 2,
        "merge_tokens": "audio_visual",
        "remap": "gated",
    }
    return SoundGuidedSemanticMerging(**(choices | changes)).eval()


def with_equal_relevances(alignment):
    """Every token gets the same relevance, whatever the audio."""
    nn.init.zeros_(alignment.relevance[-1].weight)
    return alignment


GROUPS = torch.stack([torch.arange(12) % 4, torch.arange(12) // 3])


def merged_by_hand(tokens, relevance, group_of_token, group):
    """Eq. (6) read aloud: one frame, one group, one token after another."""
    members = [i for i, g in enumerate(group_of_token.tolist()) if g == group]
    weights = torch.stack([relevance[i].exp() for i in members])
    return sum(w * tokens[i] for w, i in zip(weights / weights.sum(), members, strict=True))


def test_a_group_is_the_relevance_weighted_mean_of_its_own_tokens():
    tokens, relevance = seeded(2, 12, 3), seeded(2, 12, seed=1)
    merged = merge_groups(tokens, relevance, GROUPS, 4)
    for frame in range(2):
        for group in range(4):
            expected = merged_by_hand(tokens[frame], relevance[frame], GROUPS[frame], group)
            torch.testing.assert_close(merged[frame, group], expected)


def test_a_group_worked_out_on_paper():
    tokens = torch.tensor([[[1.0], [5.0], [7.0]]])
    relevance = torch.tensor([[0.0, 3.0, 0.0]]).exp().log1p()  # softmax weights 1 + e^S: 2, 1 + e^3, 2
    merged = merge_groups(tokens, relevance, torch.tensor([[0, 1, 0]]), 2)
    torch.testing.assert_close(merged, torch.tensor([[[4.0], [5.0]]]))


def test_the_weights_of_each_group_sum_to_one_and_stay_inside_it():
    identity = torch.eye(12).expand(2, 12, 12)  # merging one-hot tokens shows the weights themselves
    weights = merge_groups(identity, 5 * seeded(2, 12), GROUPS, 4)  # frames, groups, tokens
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(2, 4))
    assert torch.equal(weights > 0, membership(GROUPS, 4).transpose(1, 2))


def test_a_token_of_overwhelming_relevance_is_its_group_and_nothing_overflows():
    tokens, relevance = seeded(2, 12, 3), torch.zeros(2, 12)
    relevance[:, 5] = 500.0
    merged = merge_groups(tokens, relevance, GROUPS, 4)
    assert merged.isfinite().all()
    for frame in range(2):
        torch.testing.assert_close(merged[frame, GROUPS[frame, 5]], tokens[frame, 5])


def test_relevance_learns_through_the_merging_as_by_hand():
    tokens = seeded(1, 12, 3)
    found, by_hand = (seeded(1, 12, seed=1).requires_grad_() for _ in range(2))
    merge_groups(tokens, found, GROUPS[:1], 4).square().sum().backward()
    torch.stack([merged_by_hand(tokens[0], by_hand[0], GROUPS[0], g) for g in range(4)]).square().sum().backward()
    torch.testing.assert_close(found.grad, by_hand.grad)


def refined_by_hand(layer, groups, tokens, relevance):
    """Eq. (7) for one frame and one head: relevance is added to each logit of the attention to the tokens."""

    def attend(attention, queries, keys, added):
        logits = attention.query(queries) @ attention.key(keys).T / queries.shape[-1] ** 0.5 + added
        return attention.output(logits.softmax(dim=-1) @ attention.value(keys))

    normed = layer.self_norm(groups)
    groups = groups + attend(layer.self_attention, normed, normed, 0)
    groups = groups + attend(layer.cross_attention, layer.cross_norm(groups), tokens, relevance)
    return groups + layer.feed_forward(layer.feed_norm(groups))


def test_groups_are_refined_by_attention_to_the_tokens_with_relevance_added_to_its_logits():
    torch.manual_seed(0)
    layers = nn.ModuleList(DecoderLayer(width=6, num_heads=1) for _ in range(2))
    groups, tokens, relevance = seeded(2, 3, 6), seeded(2, 7, 6, seed=1), seeded(2, 7, seed=2)
    refined = refine_groups(groups, tokens, relevance, layers)
    for frame in range(2):
        expected = groups[frame]
        for layer in layers:
            expected = refined_by_hand(layer, expected, tokens[frame], relevance[frame])
        torch.testing.assert_close(refined[frame], expected)


def test_a_token_of_overwhelming_relevance_is_the_only_one_that_the_groups_attend_to():
    torch.manual_seed(0)
    layers = nn.ModuleList([DecoderLayer(width=6, num_heads=2)])
    groups, tokens, relevance = seeded(1, 3, 6), seeded(1, 7, 6, seed=1), torch.zeros(1, 7)
    relevance[0, 4] = 200.0
    only = refine_groups(groups, tokens[:, 4:5], torch.zeros(1, 1), layers)
    torch.testing.assert_close(refine_groups(groups, tokens, relevance, layers), only)


def test_a_number_added_to_every_relevance_changes_neither_merging_nor_refining():
    torch.manual_seed(0)
    layers = nn.ModuleList([DecoderLayer(width=6, num_heads=2)])
    tokens, relevance, groups = seeded(2, 12, 6), seeded(2, 12, seed=1), GROUPS
    results = []
    for added in (0, 7):
        compact = merge_groups(tokens, relevance + added, groups, 4)
        results.append(refine_groups(compact, tokens, relevance + added, layers))
    torch.testing.assert_close(results[0], results[1])


def test_each_token_gets_its_own_group_back():
    groups = seeded(2, 4, 3)
    given = remap_groups(groups, GROUPS, None)
    for frame in range(2):
        for position in range(12):
            assert torch.equal(given[frame, position], groups[frame, GROUPS[frame, position]])


def test_a_gate_lets_through_the_sigmoid_of_each_tokens_relevance():
    groups, relevance = seeded(2, 4, 3), seeded(2, 12, seed=1)
    plain, gated = remap_groups(groups, GROUPS, None), remap_groups(groups, GROUPS, relevance)
    torch.testing.assert_close(gated, plain / (1 + (-relevance).exp())[..., None])


def test_the_parts_are_put_together_in_the_papers_order():
    alignment = merging(position_encoding="none", merge_tokens="visual", remap="plain", channels=8)
    maps, audio = seeded(2, 8, 3, 5), seeded(2, 1, 5, seed=1)
    tokens = maps.flatten(2).transpose(1, 2)
    projected_audio = alignment.project_audio(audio)
    attended = attend_to_audio(tokens, projected_audio, alignment.query_norm, alignment.attention)
    relevance = alignment.relevance(attended)[..., 0]
    labels = alignment.group(maps)
    groups = refine_groups(merge_groups(tokens, relevance, labels, 4), tokens, relevance, alignment.layers)
    change = remap_groups(groups, labels, None)
    out = alignment(maps, audio)
    torch.testing.assert_close(out.maps, maps + change.transpose(1, 2).unflatten(2, (3, 5)))
    torch.testing.assert_close(out.groups, groups)
    torch.testing.assert_close(out.audio, projected_audio[:, 0])


def test_the_audio_that_groups_are_compared_with_is_the_mean_of_the_projected_audio_tokens():
    alignment, audio = merging(), seeded(2, 3, 5)
    out = alignment(seeded(2, 6, 4, 5), audio)
    torch.testing.assert_close(out.audio, sum(alignment.project_audio(audio[:, one]) for one in range(3)) / 3)


def test_muting_changes_the_output_even_when_all_relevances_are_equal():
    alignment = with_equal_relevances(merging())
    maps = seeded(2, 6, 4, 5)
    assert not torch.allclose(alignment(maps, seeded(2, 3, 5)).maps, alignment(maps, torch.zeros(2, 3, 5)).maps)


def test_in_the_printed_form_audio_enters_through_relevance_alone():
    printed = {"merge_tokens": "visual", "remap": "plain"}
    maps, audios = seeded(2, 6, 4, 5), (seeded(2, 3, 5), torch.zeros(2, 3, 5))
    without_relevance = with_equal_relevances(merging(**printed))
    torch.testing.assert_close(*(without_relevance(maps, audio).maps for audio in audios))
    printed_model = merging(**printed)
    assert not torch.allclose(*(printed_model(maps, audio).maps for audio in audios), atol=1e-5)


@pytest.mark.parametrize("merge_tokens", ["visual", "audio_visual"])
@pytest.mark.parametrize("position_encoding", ["none", "sine"])
@pytest.mark.parametrize("remap", ["plain", "gated"])
def test_every_choice_keeps_the_shape_and_lets_all_weights_learn(merge_tokens, position_encoding, remap):
    alignment = merging(merge_tokens=merge_tokens, position_encoding=position_encoding, remap=remap)
    out = alignment(seeded(2, 6, 5, 7), seeded(2, 3, 5))
    assert out.maps.shape == (2, 6, 5, 7)
    assert out.groups.shape == (2, 4, 8)
    out.maps.square().sum().backward()
    still = {name for name, weight in alignment.named_parameters() if weight.grad is None or not weight.grad.any()}
    # a bias that adds one number to all logits of a softmax has nothing to learn; with "plain" the last one is such
    exempt = {"relevance.3.bias"}
    assert still <= exempt


def test_a_batch_of_two_equals_two_batches_of_one():
    alignment, maps, audio = merging(), seeded(2, 6, 5, 7), seeded(2, 3, 5)
    both = alignment(maps, audio).maps
    for frame in range(2):
        torch.testing.assert_close(
            alignment(maps[frame : frame + 1], audio[frame : frame + 1]).maps, both[frame : frame + 1]
        )


def test_groups_do_not_depend_on_the_scale_of_the_map():
    alignment, maps = merging(position_encoding="none"), seeded(2, 6, 5, 7)
    assert torch.equal(alignment.group(maps), alignment.group(3 * maps))


def test_a_map_of_fewer_positions_than_groups_works():
    out = merging(num_groups=14)(seeded(2, 6, 1, 3), seeded(2, 3, 5))
    assert out.groups.shape == (2, 3, 8)
    assert out.maps.isfinite().all()


class Locator(nn.Module):
    """Stereo features to a response at each position, through the audio encoder and the alignment of ravs-tiny."""

    def __init__(self):
        super().__init__()
        self.audio = LogMelCNN(width=5, directions=3, num_classes=2, base=4)
        self.alignment = merging(num_layers=1)
        self.answer = nn.Linear(6, 1)

    def forward(self, maps, features):
        seen = self.alignment(maps, self.audio(features)).maps
        return self.answer(seen.permute(0, 2, 3, 1))[..., 0]


def two_objects():
    """A map with two identical objects, at the left and at the right."""
    maps = torch.zeros(1, 6, 4, 8)
    maps[:, 0] = 1.0
    for column in (1, 5):
        maps[:, :, 1:3, column : column + 2] = seeded(6)[:, None, None]
    return maps


def noise_from(side, seed, loudness=0.2):
    """Features of a second of noise that comes almost only from one side."""
    gains = torch.tensor([1.0, 0.05] if side == "left" else [0.05, 1.0])
    waveform = loudness * seeded(1, 1, 32_000, seed=seed) * gains[:, None]
    return front_end("logmel-cnn")(waveform)


def test_of_two_identical_objects_the_one_that_the_sound_comes_from_responds_and_swapping_channels_swaps_it():
    torch.manual_seed(0)
    model, maps = Locator().eval(), two_objects().expand(2, 6, 4, 8)
    truth = torch.zeros(2, 4, 8)
    truth[0, 1:3, 1:3] = truth[1, 1:3, 5:7] = 1
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    batches = [torch.cat([noise_from("left", seed), noise_from("right", seed + 100)]) for seed in range(10)]
    for step in range(300):
        response = model(maps, batches[step % 10])
        loss = nn.functional.binary_cross_entropy_with_logits(response, truth, pos_weight=torch.tensor(8))
        if loss < 0.003:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    left, right = (model(maps[:1], noise_from(side, 1000)) for side in ("left", "right"))
    for response, loud, quiet in ((left, slice(1, 3), slice(5, 7)), (right, slice(5, 7), slice(1, 3))):
        assert response[0, 1:3, loud].min() > 0 > response[0, 1:3, quiet].max()
