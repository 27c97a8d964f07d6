"""The parts of a token of aiSFX in stereo: against aiSFX, the package aisfx 0.1.2, plain layers and panned sources."""

import math

import pytest
import torch
from safetensors import safe_open
from torch.nn import functional as F

from ravs.config.presets import SHIPPED_MODELS
from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.aisfx_panorama import DIRECTIONS, AiSFXPanorama, panorama
from ravs.modeling.encoders.audio.front_ends import SIDE_LIMIT, front_end
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import load_encoder, pretrained_encoder_weights
from ravs.modeling.weights import load_strict
from support.aisfx import published_shapes, sound

# Log-probabilities of `sound()`, made once by the package's own code and float32 weights, from the log-mel described in
# test_aisfx.py: load_bestModel(...)(log_mel, library)[1].log_softmax(-1), the three largest, the first and the last.
PUBLISHED_CATEGORIES = {
    "prosfx": {42: -0.74081, 75: -1.11026, 16: -2.25844, 0: -12.36331, 77: -24.39058},
    "soundlyTrain": {62: -0.04552, 10: -3.69483, 34: -4.19717, 0: -12.42354, 78: -16.33793},
    "ucsMixed": {65: -0.42149, 2: -2.04479, 7: -2.35779, 0: -12.41401, 68: -6.45279},
    "soundstormBalanced": {77: -0.5636, 61: -1.31027, 7: -2.50438, 0: -4.50067, 80: -25.96297},
}
PUBLISHED_COUNTS = (78, 79, 69, 81)
STORED_IN_HALF = 0.07  # largest difference of a log-probability that float16 weights make
SECOND = 44_100


def features_of(left, right):
    return front_end("aisfx-panorama")(torch.stack([left, right]).unsqueeze(0))


def noise(seed=0):
    return 0.1 * torch.randn(SECOND, generator=torch.Generator().manual_seed(seed))


def panned(track, x):
    """A track panned to x at constant power: left, right."""
    return math.cos(math.pi * x / 2) * track, math.sin(math.pi * x / 2) * track


def sine(frequency_hz):
    return 0.3 * torch.sin(2 * math.pi * frequency_hz * torch.arange(SECOND) / SECOND)


@pytest.fixture(scope="module")
def state(random_state):
    return random_state(published_shapes())


@pytest.fixture(scope="module")
def encoder():
    encoder = AiSFXPanorama()
    load_encoder(encoder, "aisfx-panorama")
    return encoder


@torch.inference_mode()
def test_with_the_authors_tensors_the_categories_are_those_of_their_linear_layers(state):
    encoder = AiSFXPanorama()
    load_strict(encoder, KEY_MAPS["aisfx-panorama"](state), "the authors' file")
    features = torch.rand(3, 2, 42, 96, generator=torch.Generator().manual_seed(1))
    parts = encoder.parts(encoder(features))
    found = parts["categories"][:, 0].split(PUBLISHED_COUNTS, dim=1)
    for head, log_probabilities in enumerate(found):
        x = parts["vector"][:, 0]
        for layer in (0, 2, 4):
            x = F.linear(x, state[f"fc.{head}.{layer}.weight"], state[f"fc.{head}.{layer}.bias"])
            x = x.relu() if layer < 4 else x
        torch.testing.assert_close(log_probabilities, F.log_softmax(x, dim=1), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(log_probabilities.exp().sum(dim=1), torch.ones(3))
        assert log_probabilities.std() > 0.1


@torch.inference_mode()
def test_with_the_weights_of_this_package_a_sound_has_the_categories_of_the_authors(encoder):
    track = torch.from_numpy(sound())
    categories = encoder.parts(encoder(features_of(track, track)))["categories"][0, 0].split(PUBLISHED_COUNTS)
    for found, published in zip(categories, PUBLISHED_CATEGORIES.values(), strict=True):
        assert {index: found[index].item() for index in published} == pytest.approx(published, abs=STORED_IN_HALF)
        assert found.argmax() == max(published, key=published.get)


@torch.inference_mode()
def test_the_vector_is_that_of_aisfx_for_the_same_audio_in_mono(encoder):
    mono = AiSFX()
    load_encoder(mono, "aisfx")
    waveform = torch.stack(panned(torch.from_numpy(sound()), 0.3)).unsqueeze(0)
    expected = mono(front_end("aisfx")(waveform))
    tokens = encoder(front_end("aisfx-panorama")(waveform))
    assert tokens.shape == (1, 1, 843) and encoder.channels == 843
    assert torch.equal(tokens[:, :, :512], expected)


def test_a_token_consists_of_its_parts_in_order():
    encoder = AiSFXPanorama(width=8)
    tokens = torch.rand(2, 1, 64 + 307 + 24)
    parts = encoder.parts(tokens)
    assert {name: part.shape[2] for name, part in parts.items()} == encoder.part_channels
    assert list(encoder.part_channels.items()) == [("vector", 64), ("categories", 307), ("panorama", 24)]
    assert torch.equal(torch.cat(list(parts.values()), dim=2), tokens)


def test_cached_tokens_pass_through_and_nothing_is_trained():
    encoder, tokens = AiSFXPanorama(width=8), torch.rand(2, 1, 395)
    encoder.train()
    assert encoder(tokens) is tokens
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_each_encoder_takes_its_own_tensors_of_the_one_file_all_of_them_and_no_others(state):
    network, complete = (pretrained_encoder_weights(name) for name in ("aisfx", "aisfx-panorama"))
    heads = {f"classifiers.{h}.{layer}.{kind}" for h in range(4) for layer in (0, 2, 4) for kind in ("weight", "bias")}
    assert complete.keys() - network.keys() == heads and network.keys() < complete.keys()
    for key in ("classifiers.4.0.weight", "classifiers.0.6.weight", "fc.9.0.weight"):
        for name, encoder in (("aisfx", AiSFX), ("aisfx-panorama", AiSFXPanorama)):
            with torch.device("meta"), pytest.raises(ModelNotFoundError, match="surplus"):
                load_strict(encoder(), KEY_MAPS[name]({**state, key: torch.ones(1)}), "a file")
    lacking = {key: value for key, value in state.items() if key != "fc.3.4.bias"}
    with torch.device("meta"), pytest.raises(ModelNotFoundError, match=r"missing classifiers\.3\.4\.bias"):
        load_strict(AiSFXPanorama(), KEY_MAPS["aisfx-panorama"](lacking), "a file")


def test_the_weights_by_name_are_those_inside_the_shipped_model_whichever_encoder_takes_them():
    with safe_open(SHIPPED_MODELS / "ravs-film" / "model.safetensors", "pt") as file:
        for name, count in (("aisfx", 48), ("aisfx-panorama", 72)):
            found = pretrained_encoder_weights(name)
            assert len(found) == count
            assert all(
                torch.equal(value, file.get_tensor(f"audio_encoder.{key}").to(value.dtype))
                for key, value in found.items()
            )


def test_the_panorama_of_two_bands_by_hand():
    features = torch.zeros(1, 2, 42, 96)
    for (time, band), power, x in (((3, 10), 4.0, 0.3), ((20, 60), 1.0, 0.75)):
        features[0, 0, time, band] = math.log10(1 + 10_000 * power) / 9.457798957824707
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
    encoder = AiSFXPanorama(width=8)
    left, right = (a + b for a, b in zip(panned(noise(), 0.3), panned(noise(1), 0.8), strict=True))
    here, there = (encoder.parts(encoder(features_of(*pair))) for pair in ((left, right), (right, left)))
    assert torch.equal(there["panorama"], here["panorama"].flip(2))
    assert not torch.equal(there["panorama"], here["panorama"])
    assert all(torch.equal(there[name], here[name]) for name in ("vector", "categories"))


def test_the_panorama_does_not_depend_on_loudness_or_on_half_precision():
    left, right = panned(noise(), 0.62)
    features = features_of(left, right)
    full = panorama(features, DIRECTIONS)
    torch.testing.assert_close(panorama(features_of(left / 10, right / 10), DIRECTIONS), full, atol=0.05, rtol=0)
    torch.testing.assert_close(panorama(features.bfloat16(), DIRECTIONS), full, atol=0.01, rtol=0)
