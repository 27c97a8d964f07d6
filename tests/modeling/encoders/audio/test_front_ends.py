import math

import numpy as np
import pytest
import torch

from ravs.errors import InputError
from ravs.modeling.encoders.audio.front_ends import FRONT_ENDS, front_end, vggish_log_mel


def noise_for_vggish(seconds):
    noise = np.round(3000 * np.random.default_rng(3).standard_normal(16000 * seconds)).astype(np.int16)
    return torch.from_numpy(noise.astype(np.float32) / 32768)


def noise(seconds=1, channels=2, rate=32_000, seed=0):
    return 0.1 * torch.randn(seconds, channels, rate, generator=torch.Generator().manual_seed(seed))


# vggish: values of the published front end (conventions, section 3.2)


def vggish_examples(waveform):
    """A recording cut as published features are: an example every 0.96 s, incomplete ones dropped."""
    log_mel = vggish_log_mel(waveform)
    return log_mel[: len(log_mel) // 96 * 96].reshape(-1, 1, 96, 64)


@pytest.mark.parametrize(
    ("seconds", "mean", "std", "first", "last"),
    [
        (1, 1.003710, 0.793257, 0.577839, 2.383730),
        (5, 0.998804, 0.796976, 0.577839, 1.994206),
        (10, 1.002438, 0.794639, 0.577839, 2.275982),
    ],
)
def test_vggish_examples_of_noise_equal_the_published_front_end(seconds, mean, std, first, last):
    examples = vggish_examples(noise_for_vggish(seconds))
    assert examples.shape == (seconds, 1, 96, 64) and examples.dtype == torch.float32
    found = [examples.mean(), examples.std(), examples[0, 0, 0, 0], examples[-1, 0, -1, -1]]
    assert torch.stack(found).tolist() == pytest.approx([mean, std, first, last], abs=2e-5)


def test_vggish_examples_of_a_sine_equal_the_published_front_end():
    waveform = 0.5 * torch.sin(2 * math.pi * 440 * torch.arange(80_000, dtype=torch.float64) / 16_000).float()
    examples = vggish_examples(waveform)
    found = [examples.max().item(), examples.min().item(), examples.mean().item()]
    assert found == pytest.approx([4.089175, -4.604327, -3.501795], abs=2e-4)
    assert (examples.mean(dim=(0, 1, 2)).argmax()) == 8


def test_a_recording_shorter_than_an_example_has_none_since_an_incomplete_window_is_dropped():
    assert vggish_log_mel(torch.zeros(15_599)).shape == (95, 64)
    assert vggish_examples(torch.zeros(15_599)).shape == (0, 1, 96, 64)
    assert vggish_examples(torch.zeros(15_600)).shape == (1, 1, 96, 64)


def test_a_second_for_vggish_is_the_example_that_begins_with_it():
    waveform = noise_for_vggish(3)
    features = front_end("vggish")(waveform.reshape(3, 1, 16_000))
    for second in range(3):
        begun = waveform[16_000 * second :][:15_600]
        torch.testing.assert_close(features[second], vggish_examples(begun)[0])


def test_silence_for_vggish_is_the_logarithm_of_one_hundredth():
    features = front_end("vggish")(torch.zeros(1, 2, 16_000))
    torch.testing.assert_close(features, torch.full((1, 1, 96, 64), math.log(0.01)))


# htsat: values of torchlibrosa with the checkpoint's filters (conventions, section 3.3)


def test_the_htsat_front_end_equals_its_published_values():
    waveform = (0.1 * np.random.default_rng(5).standard_normal(32_000)).astype(np.float32)
    features = front_end("htsat")(torch.from_numpy(waveform).reshape(1, 1, -1))
    assert features.shape == (1, 1, 101, 64)
    found = [features.mean(), features.std(), features[0, 0, 0, 0], features[0, 0, -1, -1]]
    assert torch.stack(found).tolist() == pytest.approx([-9.8377, 2.6151, -4.6337, -9.3489], abs=1e-4)


def test_silence_for_htsat_is_minus_one_hundred_decibels():
    features = front_end("htsat")(torch.zeros(1, 1, 32_000))
    assert features.unique().tolist() == pytest.approx([-100])


# aisfx: values of the package aisfx 0.1.2 are in test_aisfx.py


def test_a_window_for_aisfx_is_the_log_of_the_power_of_a_discrete_fourier_transform_in_96_bands():
    waveform = noise(rate=44_100)
    found = front_end("aisfx")(waveform)[0, 0]
    samples = waveform[0].mean(dim=0).double().numpy()
    places = np.arange(2048)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * places / 2047)  # zero at both ends
    mel_edges = np.linspace(0, 2595 * np.log10(1 + 22_050 / 700), 98)
    mels = 2595 * np.log10(1 + np.arange(1025) * 44_100 / 2048 / 700)
    for window in (0, 17, 41):
        part = samples[1024 * window : 1024 * window + 2048] * hann
        power = np.array([abs(np.exp(-2j * np.pi * bin_ * places / 2048) @ part) ** 2 for bin_ in range(1025)])
        for band in (0, 1, 40, 95):
            weights = np.interp(mels, mel_edges[band : band + 3], [0, 1, 0])
            expected = np.log10(1 + 10_000 * (weights @ power) / weights.sum()) / 9.457798957824707
            assert found[window, band].item() == pytest.approx(expected, abs=2e-6)


def test_a_second_for_aisfx_is_its_complete_windows_and_silence_is_zero():
    waveform = noise(rate=44_100)
    features = front_end("aisfx")(waveform)
    assert features.shape == (1, 1, 42, 96)
    waveform[:, :, 41 * 1024 + 2048 :] = 0  # after the last complete window
    assert torch.equal(front_end("aisfx")(waveform), features)
    assert not front_end("aisfx")(torch.zeros(2, 2, 44_100)).any()


# yamnet: values of TensorFlow are in test_yamnet.py


def test_yamnet_has_the_log_mel_of_vggish_with_a_tenth_of_its_floor():
    waveform = noise(rate=16_000)
    magnitude = front_end("vggish")(waveform).exp() - 0.01
    torch.testing.assert_close(front_end("yamnet")(waveform).exp() - 0.001, magnitude, atol=1e-5, rtol=1e-4)


def test_the_first_plane_of_the_panorama_is_that_of_yamnet_and_the_second_is_the_level_left_against_right():
    waveform = noise(rate=16_000) * torch.tensor([1.0, 0.0]).reshape(1, 2, 1)
    waveform[:, 1] = waveform[:, 0] / 2  # a quarter of the power
    features = front_end("yamnet-panorama")(waveform)
    assert torch.equal(features[:, :1], front_end("yamnet")(waveform))
    torch.testing.assert_close(features[:, 1], torch.full((1, 96, 64), math.log(4) / 3), atol=0.02, rtol=0)
    assert front_end("yamnet-panorama")(waveform * torch.tensor([[[1.0], [0.0]]]))[:, 1].min() == 1.0
    assert not front_end("yamnet-panorama")(torch.zeros(2, 2, 16_000))[:, 1].any()


# ours


@pytest.mark.parametrize("name", ["logmel-cnn", "yamnet-panorama"])
def test_swapping_the_channels_negates_the_side_and_keeps_the_mid_channel_to_the_last_bit(name):
    front = front_end(name)
    waveform = noise(seconds=3, rate=front.sample_rate_hz) * torch.tensor([1.0, 0.4]).reshape(1, 2, 1)
    features, swapped = front(waveform), front(waveform.flip(1))
    assert torch.equal(swapped[:, 0], features[:, 0])
    assert torch.equal(swapped[:, 1], -features[:, 1])
    assert (features[:, 1] > 0).float().mean() > 0.9  # the louder left is positive


def test_silence_is_constant_in_the_mid_channel_and_zero_at_the_side():
    features = front_end("logmel-cnn")(torch.zeros(2, 2, 32_000))
    torch.testing.assert_close(features[:, 0], torch.full((2, 100, 64), -1.0))
    assert not features[:, 1].any()


def test_noise_of_minus_ninety_decibels_is_nearly_silence_and_of_minus_fifty_is_not():
    quiet, audible = (
        front_end("logmel-cnn")(torch.randn(1, 2, 32_000, generator=torch.Generator().manual_seed(1)) * 10 ** (db / 20))
        for db in (-90, -50)
    )
    assert quiet[:, 0].max() < -0.95 and quiet[:, 1].abs().max() < 0.1
    assert audible[:, 0].mean() > -0.7


def test_audio_of_twice_the_amplitude_moves_the_mid_channel_by_the_logarithm_of_four():
    waveform = noise(channels=1)
    once, twice = (front_end("logmel-cnn")(waveform * gain) for gain in (1, 2))
    torch.testing.assert_close(twice[:, 0] - once[:, 0], torch.full((1, 100, 64), math.log(4) / 10), atol=1e-3, rtol=0)


def test_a_full_scale_sine_and_full_scale_noise_stay_near_one():
    time = torch.arange(32_000) / 32_000
    sine = torch.sin(2 * math.pi * 440 * time).expand(1, 2, -1)
    assert front_end("logmel-cnn")(sine)[:, 0].max() < 1.2
    assert front_end("logmel-cnn")(noise() * 10)[:, 0].max() < 1.2


def test_audio_at_one_side_alone_reaches_the_limit():
    waveform = noise() * torch.tensor([0.0, 1.0]).reshape(1, 2, 1)
    assert front_end("logmel-cnn")(waveform)[:, 1].unique().tolist() == [-1.0]


def test_mono_is_stereo_with_two_equal_channels():
    waveform = noise(channels=1, rate=44_100)
    for name in FRONT_ENDS:
        second = waveform[:, :, : front_end(name).sample_rate_hz]
        torch.testing.assert_close(front_end(name)(second), front_end(name)(second.expand(-1, 2, -1)))


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_nothing_of_one_second_leaks_into_the_next(name):
    front = front_end(name)
    together = noise(seconds=3, rate=front.sample_rate_hz)
    features = front(together)
    assert features.shape == (3, front.planes, front.time, front.bins)
    together[1] = 0
    torch.testing.assert_close(front(together)[[0, 2]], features[[0, 2]])


def test_a_second_of_the_wrong_length_is_refused():
    with pytest.raises(InputError, match=r"16000 samples, not 32000: resample"):
        front_end("logmel-cnn")(torch.zeros(1, 2, 16_000))


def test_surround_audio_is_refused():
    with pytest.raises(InputError, match=r"6 channels.*mix it down"):
        front_end("htsat")(torch.zeros(1, 6, 32_000))


def test_an_unknown_audio_encoder_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match=r"no audio encoder 'vgg'.*vggish"):
        front_end("vgg")
