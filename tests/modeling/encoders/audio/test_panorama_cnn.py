"""Levels by direction against how sources are panned, and the audio encoder on them."""

import numpy as np
import pytest
import torch

from ravs.data.composition.dry_track import CLIP_SAMPLES, pan
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.encoders.audio.panorama_cnn import DirectionNetwork, PanoramaCNN, levels_by_direction

DIRECTIONS = 24
CENTERS = (torch.arange(DIRECTIONS) + 0.5) / DIRECTIONS
SECOND = 32_000


def panned(track, x):
    """The first second of a track panned to x."""
    stereo = pan(np.resize(track, CLIP_SAMPLES).astype(np.float32), np.full(501, x))
    return stereo[:, :SECOND]


def seen(stereo):
    return levels_by_direction(
        front_end("panorama-cnn")(torch.from_numpy(np.ascontiguousarray(stereo))[None]), DIRECTIONS
    )[0]


def noise(seed=0):
    return 0.1 * np.random.default_rng(seed).standard_normal(SECOND)


def sine(frequency_hz):
    return 0.3 * np.sin(2 * np.pi * frequency_hz * np.arange(SECOND) / SECOND)


@pytest.mark.parametrize("x", [0.16, 0.3, 0.5, 0.62, 0.84])
def test_a_source_shows_at_the_direction_it_was_panned_to(x):
    by_direction = seen(panned(noise(), x)).sum(dim=(1, 2))
    assert (by_direction * CENTERS).sum() / by_direction.sum() == pytest.approx(x, abs=0.002)
    assert (by_direction > 0.01 * by_direction.max()).sum() <= 2  # the two nearest directions, and no others


@pytest.mark.parametrize(("x", "expected"), [(0.0, 0.14), (0.05, 0.14), (0.95, 0.86), (1.0, 0.86)])
def test_a_source_beyond_thirteen_decibels_is_placed_at_the_end_of_the_scale(x, expected):
    by_direction = seen(panned(noise(), x)).sum(dim=(1, 2))
    assert (by_direction * CENTERS).sum() / by_direction.sum() == pytest.approx(expected, abs=0.001)


def test_two_sources_in_different_bands_show_at_two_directions():
    shown = seen(panned(sine(400), 0.25) + panned(sine(4000), 0.75)).sum(dim=1)  # directions, bands
    for frequency_hz, x in ((400, 0.25), (4000, 0.75)):
        band = shown[:, seen(panned(sine(frequency_hz), x)).sum(dim=(0, 1)).argmax()]
        assert (band * CENTERS).sum() / band.sum() == pytest.approx(x, abs=0.01)


def test_the_directions_together_have_the_level_and_silence_has_none():
    features = front_end("panorama-cnn")(torch.from_numpy(panned(noise(), 0.4))[None])
    torch.testing.assert_close(levels_by_direction(features, DIRECTIONS).sum(dim=1), features[:, 0] + 1)
    assert seen(np.zeros((2, SECOND), np.float32)).abs().max() < 1e-6


def test_half_precision_gives_the_same_direction():
    features = front_end("panorama-cnn")(torch.from_numpy(panned(noise(), 0.62))[None])
    full, half = levels_by_direction(features, DIRECTIONS), levels_by_direction(features.bfloat16(), DIRECTIONS)
    assert half.dtype == torch.bfloat16
    by_direction = (shown.float().sum(dim=(0, 2, 3)) for shown in (full, half))
    first, second = (((each * CENTERS).sum() / each.sum()).item() for each in by_direction)
    assert first == pytest.approx(second, abs=2e-4)


def test_swapped_channels_give_the_mirror_image():
    stereo = panned(noise(), 0.3) + panned(noise(1), 0.8)
    assert torch.equal(seen(stereo[::-1]), seen(stereo).flip(0))


def test_in_mono_all_comes_from_the_middle():
    torch.manual_seed(0)
    encoder = PanoramaCNN(width=8, directions=3, num_classes=2, stereo=False, base=4).eval()
    mono = np.repeat(noise()[None], 2, axis=0).astype(np.float32)
    assert seen(mono).sum(dim=(1, 2)).nonzero().flatten().tolist() == [11, 12]
    left, right = (front_end("panorama-cnn")(torch.from_numpy(panned(noise(), x))[None]) for x in (0.2, 0.8))
    apart = (encoder(left) - encoder(right)).abs().max()
    assert apart < 0.05 * (encoder(left) - encoder(torch.full_like(left, -1.0))).abs().max()


def test_what_is_learned_of_one_direction_holds_for_all():
    torch.manual_seed(0)
    network = DirectionNetwork(width=6, base=4, bins=16).eval()
    shown = torch.zeros(1, 30, 8, 16)
    shown[:, 12] = torch.rand(8, 16)
    output, moved = network(shown), network(shown.roll(5, dims=1))
    torch.testing.assert_close(moved[:, 10:25], output[:, 5:20])
    assert (output[:, 12] - output[:, 0]).abs().max() > 1e-3


def test_a_token_encodes_its_direction_though_the_network_is_the_same_for_all():
    torch.manual_seed(0)
    encoder = PanoramaCNN(width=8, directions=5, num_classes=2, base=4).eval()
    silent = encoder(front_end("panorama-cnn")(torch.zeros(1, 2, SECOND)))[0]
    assert torch.cdist(silent, silent).fill_diagonal_(1).min() > 1e-3
