"""Audio that replaces a clip's own."""

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.evaluation.audio_conditions import AUDIO_CONDITIONS, audio_under_condition, pink_noise
from ravs.evaluation.settings import EvaluationSettings
from ravs.structures.clip import LabelledClip

RATE_HZ = 100


def clip(seconds=3, channels=2, rate_hz=RATE_HZ, name="a"):
    rng = np.random.default_rng(seconds)
    return LabelledClip(
        frames=np.zeros((seconds, 4, 4, 3), np.uint8),
        waveform=rng.uniform(-0.5, 0.5, (channels, seconds * rate_hz)).astype(np.float32),
        times_s=np.arange(float(seconds)),
        sample_rate_hz=rate_hz,
        masks=np.zeros((seconds, 4, 4), np.uint8),
        name=name,
    )


def audio(name, own, other=None):
    return audio_under_condition(name, own, lambda: other or clip(2), pink_noise(own.sample_rate_hz))


@pytest.mark.parametrize("name", AUDIO_CONDITIONS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_condition_has_the_shape_of_the_clips_own_audio_and_is_the_same_again(name, channels):
    own = clip(channels=channels)
    first = audio(name, own)
    assert first.shape == own.waveform.shape and np.abs(first).max() <= 1
    np.testing.assert_array_equal(audio(name, own), first)


def test_silence_is_zero_and_noise_has_its_level_and_differs_from_clip_to_clip():
    assert not audio("silence", clip()).any()
    for name in ("noise", "ambient"):
        waveform = audio(name, clip(20))
        assert np.sqrt((waveform**2).mean()) == pytest.approx(0.1, rel=0.05)
        assert not np.array_equal(waveform, audio(name, clip(20, name="b")))


def test_channels_are_swapped_and_audio_comes_a_second_late():
    own = clip()
    np.testing.assert_array_equal(audio("swapped", own), own.waveform[::-1])
    late = audio("late", own)
    assert not late[:, :RATE_HZ].any()
    np.testing.assert_array_equal(late[:, RATE_HZ:], own.waveform[:, :-RATE_HZ])


def test_another_clips_audio_is_repeated_mixed_and_resampled_to_fit():
    own, other = clip(3, channels=1), clip(2, channels=2)
    waveform = audio("other", own, other)
    mixed = other.waveform.mean(axis=0)
    np.testing.assert_allclose(waveform[0], np.concatenate([mixed, mixed[:RATE_HZ]]))
    faster = clip(3, rate_hz=2 * RATE_HZ)
    assert audio("other", clip(3), faster).shape == (2, 3 * RATE_HZ)


def test_pink_noise_has_more_power_below_than_above():
    waveform = pink_noise(8000)(np.random.default_rng(0))
    power = np.abs(np.fft.rfft(waveform)) ** 2
    assert power[:, 1000:2000].sum() == pytest.approx(power[:, 10000:20000].sum(), rel=0.3)  # equal for each octave


def test_an_unknown_condition_is_refused():
    with pytest.raises(InputError, match="sound is 'loud'; it must be one of own, silence, noise"):
        EvaluationSettings(sound="loud")
