import numpy as np
import pytest

from ravs.data.library.library import SAMPLE_RATE_HZ
from ravs.training.augmentation.audio_augmentation import add_noise, reverberate, set_channels_and_gain


def seeded(seed=0):
    return np.random.default_rng(seed)


def click(samples=SAMPLE_RATE_HZ):
    """A click at 0.1 s, on the left alone."""
    audio = np.zeros((2, samples), np.float32)
    audio[0, SAMPLE_RATE_HZ // 10] = 0.8
    return audio


@pytest.mark.parametrize("seed", range(8))
def test_reverberation_follows_the_sound_from_everywhere_and_more_quietly(seed):
    wet = reverberate(click(), 1.0, seeded(seed))
    start = SAMPLE_RATE_HZ // 10
    np.testing.assert_allclose(wet[:, :start], 0, atol=1e-5)
    echo = wet - click()
    energy = np.square(echo).sum(axis=1)
    direct = 0.8**2 / 4  # the mean of both channels has half of its amplitude
    below_db = 10 * np.log10(energy / direct)
    assert (below_db > -20.5).all() and (below_db < -3.5).all()
    assert below_db[0] == pytest.approx(below_db[1], abs=1e-3)
    first, late = (np.square(echo[:, start + a : start + b]).sum() for a, b in ((0, 2000), (18000, 20000)))
    assert late < first / 100


def test_the_probability_is_how_often_audio_changes():
    changed = [
        np.array_equal(reverberate(click(4000), 0.3, generator), click(4000))
        for generator in [seeded()]
        for _ in range(200)
    ]
    assert 115 < sum(changed) < 165
    assert np.array_equal(reverberate(click(), 0.0, seeded()), click())


def test_noise_lies_twenty_to_fifty_decibels_below_the_sound_and_silence_stays_silent():
    tone = np.sin(np.arange(8000) / 5, dtype=np.float32) * np.ones((2, 1), np.float32)
    for seed in range(20):
        noise = add_noise(tone, 1.0, seeded(seed)) - tone
        below_db = 20 * np.log10(noise.std() / np.sqrt(np.mean(np.square(tone))))
        assert -50.5 < below_db < -19.5
    assert not add_noise(np.zeros_like(tone), 1.0, seeded()).any()


def test_channels_are_swapped_or_summed_and_the_peak_stays_within_one():
    audio = np.stack([np.linspace(-0.9, 0.9, 100), np.zeros(100)]).astype(np.float32)
    swapped = set_channels_and_gain(audio, True, False, (0.0, 0.0), seeded())
    assert np.array_equal(swapped, audio[::-1])
    mono = set_channels_and_gain(audio, False, True, (0.0, 0.0), seeded())
    np.testing.assert_allclose(mono, np.repeat(audio[:1], 2, axis=0) / np.sqrt(2), rtol=1e-6)
    loud = set_channels_and_gain(audio, False, False, (20.0, 20.0), seeded())
    assert np.abs(loud).max() == pytest.approx(1)
    quiet = set_channels_and_gain(audio, False, False, (-20.0, -20.0), seeded())
    np.testing.assert_allclose(quiet, audio / 10, rtol=1e-5)
