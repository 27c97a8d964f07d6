"""The parts of a token of YAMNet in stereo: against YAMNet, TensorFlow's scores and panned sources."""

import math

import pytest
import torch
from safetensors import safe_open

from ravs.config.presets import SHIPPED_MODELS
from ravs.modeling.encoders.audio.front_ends import SIDE_LIMIT, front_end
from ravs.modeling.encoders.audio.yamnet import YAMNet
from ravs.modeling.encoders.audio.yamnet_panorama import DIRECTIONS, YAMNetPanorama, panorama
from ravs.modeling.encoders.pretrained import load_encoder, pretrained_encoder_weights
from support.yamnet import sound

# The largest scores of `sound()`, made once as in test_yamnet.py: Noise, Radio, White noise, Effects unit, Distortion.
PUBLISHED_SCORES = {507: 0.503486, 519: 0.241382, 514: 0.228087, 457: 0.205146, 511: 0.178944}
STORED_IN_HALF = 0.005  # largest difference of a score that float16 weights make
SECOND = 16_000


def features_of(left, right):
    return front_end("yamnet-panorama")(torch.stack([left, right]).unsqueeze(0))


def noise(seed=0):
    return 0.1 * torch.randn(SECOND, generator=torch.Generator().manual_seed(seed))


def panned(track, x):
    """A track panned to x at constant power: left, right."""
    return math.cos(math.pi * x / 2) * track, math.sin(math.pi * x / 2) * track


def sine(frequency_hz):
    return 0.3 * torch.sin(2 * math.pi * frequency_hz * torch.arange(SECOND) / SECOND)


@pytest.fixture(scope="module")
def encoder():
    encoder = YAMNetPanorama()
    load_encoder(encoder, "yamnet-panorama")
    return encoder


@torch.inference_mode()
def test_with_the_weights_of_this_package_a_sound_has_the_scores_of_tensorflow(encoder):
    track = torch.from_numpy(sound())
    scores = encoder.parts(encoder(features_of(track, track)))["labels"][0, 0].sigmoid()
    found = {index: scores[index].item() for index in PUBLISHED_SCORES}
    assert found == pytest.approx(PUBLISHED_SCORES, abs=STORED_IN_HALF)
    assert scores.topk(5).indices.tolist() == list(PUBLISHED_SCORES)


@torch.inference_mode()
def test_the_vector_is_that_of_yamnet_for_the_same_audio_in_mono(encoder):
    mono = YAMNet()
    load_encoder(mono, "yamnet")
    waveform = torch.stack(panned(torch.from_numpy(sound()), 0.3)).unsqueeze(0)
    tokens = encoder(front_end("yamnet-panorama")(waveform))
    assert tokens.shape == (1, 1, 1569) and encoder.channels == 1569
    assert torch.equal(tokens[:, :, :1024], mono(front_end("yamnet")(waveform)))


def test_a_token_consists_of_its_parts_in_order():
    encoder = YAMNetPanorama(width_divisor=8)
    tokens = torch.rand(2, 1, 128 + 521 + 24)
    parts = encoder.parts(tokens)
    assert {name: part.shape[2] for name, part in parts.items()} == encoder.part_channels
    assert list(encoder.part_channels.items()) == [("vector", 128), ("labels", 521), ("panorama", 24)]
    assert torch.equal(torch.cat(list(parts.values()), dim=2), tokens)


def test_cached_tokens_pass_through_and_nothing_is_trained():
    encoder, tokens = YAMNetPanorama(width_divisor=8), torch.rand(2, 1, 673)
    encoder.train()
    assert encoder(tokens) is tokens
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_the_weights_by_name_are_those_inside_the_shipped_model_whichever_encoder_takes_them():
    network, complete = (pretrained_encoder_weights(name) for name in ("yamnet", "yamnet-panorama"))
    assert complete.keys() - network.keys() == {"label_head.weight", "label_head.bias"}
    with safe_open(SHIPPED_MODELS / "ravs-film" / "model.safetensors", "pt") as file:
        for key, value in complete.items():
            assert torch.equal(value, file.get_tensor(f"audio_encoder.{key}").to(value.dtype))


def test_the_panorama_of_two_bands_by_hand():
    features = torch.full((1, 2, 96, 64), math.log(0.001))
    features[:, 1] = 0
    for (time, band), amplitude, x in (((3, 10), 2.0, 0.3), ((20, 60), 1.0, 0.75)):
        features[0, 0, time, band] = math.log(0.001 + amplitude)
        features[0, 1, time, band] = 2 * math.log(1 / math.tan(math.pi * x / 2)) / SIDE_LIMIT
    # amplitudes 2 and 1; 0.3 · 24 - 0.5 = 6.7 and 0.75 · 24 - 0.5 = 17.5
    expected = torch.zeros(24)
    expected[[6, 7, 17, 18]] = torch.tensor([0.3 * 2, 0.7 * 2, 0.5, 0.5]) / 3
    torch.testing.assert_close(panorama(features, 24)[0], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("x", [0.16, 0.3, 0.5, 0.62, 0.84])
def test_a_source_panned_at_constant_power_shows_where_it_was_panned_to(x):
    shares = panorama(features_of(*panned(noise(), x)), DIRECTIONS)[0]
    centers = (torch.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    assert shares.sum().item() == pytest.approx(1, abs=1e-5)
    assert (shares * centers).sum().item() == pytest.approx(x, abs=0.003)
    assert abs(centers[shares.argmax()].item() - x) <= 0.5 / DIRECTIONS + 1e-4
    assert (shares > 0.01).sum() <= 2


def test_two_sources_in_different_bands_show_as_two_peaks():
    left, right = (a + b for a, b in zip(panned(sine(400), 0.25), panned(sine(4000), 0.75), strict=True))
    shares = panorama(features_of(left, right), DIRECTIONS)[0]
    assert shares[[5, 6]].sum() > 0.25 and shares[[17, 18]].sum() > 0.25  # 0.25 · 24 - 0.5 = 5.5
    assert shares[8:16].max() < 0.001


def test_mono_is_at_the_center_and_silence_nowhere():
    track = noise()
    shares = panorama(features_of(track, track), DIRECTIONS)[0]
    assert shares[[11, 12]].tolist() == pytest.approx([0.5, 0.5], abs=1e-5) and shares.count_nonzero() == 2
    assert not panorama(features_of(torch.zeros(SECOND), torch.zeros(SECOND)), DIRECTIONS).any()


@torch.inference_mode()
def test_swapped_channels_mirror_the_panorama_and_change_nothing_else_to_the_last_bit():
    torch.manual_seed(0)
    encoder = YAMNetPanorama(width_divisor=8)
    left, right = (a + b for a, b in zip(panned(noise(), 0.3), panned(noise(1), 0.8), strict=True))
    here, there = (encoder.parts(encoder(features_of(*pair))) for pair in ((left, right), (right, left)))
    assert torch.equal(there["panorama"], here["panorama"].flip(2))
    assert not torch.equal(there["panorama"], here["panorama"])
    assert all(torch.equal(there[name], here[name]) for name in ("vector", "labels"))


def test_the_panorama_does_not_depend_on_loudness_or_on_half_precision():
    left, right = panned(noise(), 0.62)
    features = features_of(left, right)
    full = panorama(features, DIRECTIONS)
    torch.testing.assert_close(panorama(features_of(left / 10, right / 10), DIRECTIONS), full, atol=0.05, rtol=0)
    torch.testing.assert_close(panorama(features.bfloat16(), DIRECTIONS), full, atol=0.01, rtol=0)
