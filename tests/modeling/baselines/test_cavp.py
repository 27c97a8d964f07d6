"""CAVP against its description."""

import math

import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.baselines.cavp import CavpFusion, DeepLabPyramid
from ravs.modeling.baselines.cavp_contrast import info_nce, pair_frames, sample_pixels, sample_positions


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(3)


def test_a_pixel_takes_from_the_audio_what_a_sigmoid_lets_through(generator):
    fusion = CavpFusion(width=6, hidden=5, num_heads=2)
    pixels, audio = torch.randn(2, 7, 6, generator=generator), torch.randn(2, 6, generator=generator)
    found = fusion(pixels, audio)
    for frame in range(2):
        normed = fusion.norm(fusion.sound(audio[frame]))
        key, value = fusion.key(normed), fusion.value(normed)
        for position in range(7):
            pixel = fusion.norm(fusion.pixels(pixels[frame, position]))
            query = fusion.query(pixel)
            weights = [torch.sigmoid(query[head] @ key[head] / math.sqrt(3)) for head in (slice(0, 3), slice(3, 6))]
            taken = torch.cat([weights[0] * value[:3], weights[1] * value[3:]])
            pixel = pixel + fusion.output(taken)
            expected = fusion.last_norm(pixel + fusion.feed_forward(pixel))
            torch.testing.assert_close(found[frame, position], expected, rtol=1e-4, atol=1e-5)


def test_the_pyramid_joins_five_views_of_the_coarsest_map_with_a_few_channels_of_the_finest(generator):
    pyramid = DeepLabPyramid(channels=(3, 4, 5, 6), width=8, low_width=2).eval()
    maps = [torch.randn(2, c, 16 // s, 24 // s, generator=generator) for c, s in ((3, 1), (4, 2), (5, 4), (6, 8))]
    joined = pyramid(maps)
    assert joined.shape == (2, 10, 16, 24)
    views = [branch(maps[3]) for branch in pyramid.branches]
    views.append(pyramid.mean(maps[3].mean(dim=(2, 3), keepdim=True)).expand_as(views[0]))
    expected = F.interpolate(pyramid.reduce(torch.cat(views, dim=1)), (16, 24), mode="bilinear", align_corners=True)
    torch.testing.assert_close(joined[:, :8], expected)
    assert [branch[0].dilation for branch in pyramid.branches] == [(1, 1), (3, 3), (6, 6), (9, 9)]


def frame_of(*classes):
    """A mask of one row: a pixel of each class, and one of background."""
    return torch.tensor([[*classes, *[0] * (4 - len(classes))]])


def test_a_pair_matches_if_both_frames_show_the_same_set_of_classes(generator):
    unlabelled = torch.full((1, 4), 255)
    masks = torch.stack([frame_of(1, 2), frame_of(2, 1, 1), frame_of(1), frame_of(), unlabelled, frame_of(2)])
    pairing = pair_frames(masks, 3, generator)
    sets = [{1, 2}, {1, 2}, {1}, set(), None, {2}]
    assert sorted(pairing.other.tolist()) == list(range(6))
    for frame, other in enumerate(pairing.other.tolist()):
        for position, label in enumerate(masks[frame, 0].tolist()):
            expected = 255
            if label not in (0, 255) and sets[other] is not None:
                expected = label if sets[frame] == sets[other] else 0
            assert pairing.labels[frame, 0, position] == expected, (frame, other, position)


def test_some_pairs_match_and_some_do_not():
    masks = torch.stack([frame_of(1), frame_of(1), frame_of(2), frame_of(2)] * 3)
    found = [pair_frames(masks, 3, torch.Generator().manual_seed(seed)).labels[:, 0, 0] for seed in range(5)]
    assert {0, 1, 2} == set(torch.cat(found).tolist())


def test_draws_are_different_positions_of_those_marked(generator):
    where = torch.tensor([True, False] * 20)
    found = sample_positions(where, 7, generator).tolist()
    assert len(set(found)) == 7 and all(index % 2 == 0 for index in found)
    assert sorted(sample_positions(where, 99, generator).tolist()) == list(range(0, 40, 2))


def test_classes_with_too_few_pixels_are_not_drawn_and_the_shuffled_pass_gives_its_share(generator):
    labels = torch.tensor([0] * 50 + [1] * 10 + [2] * 9 + [255] * 20)
    own = torch.arange(89.0).unsqueeze(1)
    shuffled_labels = torch.where((labels > 0) & (labels < 255), 0, 255)
    pixels, drawn = sample_pixels(own, labels, own + 1000, shuffled_labels, 10, generator)
    indices = pixels[:, 0]
    from_own, from_shuffled = indices[indices < 1000].long(), indices[indices >= 1000].long() - 1000
    assert (len(from_own), len(from_shuffled)) == (10 + 10, 10)
    assert sorted(labels[from_own].tolist()) == [0] * 10 + [1] * 10
    assert set(labels[from_shuffled].tolist()) <= {1, 2} and set(drawn[20:].tolist()) == {0}
    assert torch.equal(drawn[:20], labels[from_own])


def test_the_contrastive_loss_of_each_pair_is_against_the_first_ones_negatives(generator):
    pixels, labels = torch.randn(7, 4, generator=generator), torch.tensor([0, 0, 1, 1, 1, 2, 0])
    unit = pixels / pixels.norm(dim=1, keepdim=True)
    of_pixel = []
    for i in range(7):
        against = sum(torch.exp(unit[i] @ unit[j] / 0.1) for j in range(7) if labels[j] != labels[i])
        pairs = [torch.exp(unit[i] @ unit[j] / 0.1) for j in range(7) if labels[j] == labels[i] and j != i]
        if pairs:
            of_pixel.append(sum(-torch.log(one / (one + against)) for one in pairs) / len(pairs))
    assert len(of_pixel) == 6  # the third class has one pixel
    torch.testing.assert_close(info_nce(pixels, labels), sum(of_pixel) / 6)


def test_no_pixels_no_pairs_no_loss():
    assert info_nce(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long)) == 0
    assert info_nce(torch.ones(2, 4), torch.tensor([0, 1])) == 0


def test_the_contrastive_loss_is_of_pixels_fused_with_audio_of_another_frame(debug, clip, masks):
    model, inputs, calls = debug("cavp"), clip(clips=2), []
    model.fusion.register_forward_pre_hook(lambda _, given: calls.append(given))
    out = model(**inputs, masks=masks(clips=2))
    (own_pixels, own_audio), (pixels, audio) = calls
    assert torch.equal(own_pixels, pixels)
    assert not torch.equal(own_audio, audio) and torch.equal(own_audio.sort(dim=0)[0], audio.sort(dim=0)[0])
    assert torch.equal(out.auxiliary_loss, model(**inputs, masks=masks(clips=2)).auxiliary_loss)  # no hidden dice
    assert len(calls) == 4
    model(**inputs)
    assert len(calls) == 5  # no second pass where nothing is learned
