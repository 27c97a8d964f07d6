"""Degradations of a second of audio, each against its definition."""

import numpy as np
import pytest

from ravs.data.composition.film.second_degradation import (
    at_level,
    clip_peaks,
    draw_band_limit,
    limit_band,
    ratio,
    reverberate,
    rms,
    tilt,
    white_noise,
)

RATE_HZ = 8000


def tone(hertz):
    return np.sin(2 * np.pi * hertz * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)


def gain_db(hertz, **band):
    return 20 * np.log10(rms(limit_band(tone(hertz), RATE_HZ, **band)) / rms(tone(hertz)))


def test_a_level_is_the_root_of_the_mean_square_and_silence_keeps_none():
    assert rms(np.array([3, -3, 3, -3], np.float32)) == 3
    assert rms(at_level(tone(100), 0.1)) == pytest.approx(0.1)
    assert not at_level(np.zeros(8, np.float32), 0.1).any()


def test_twenty_decibels_are_a_tenth_of_the_amplitude():
    assert [ratio(level) for level in (-20.0, 0.0, 20.0)] == pytest.approx([0.1, 1, 10])


def test_a_band_ends_where_the_gain_is_minus_three_decibels():
    band = {"low_hz": 300.0, "high_hz": 3000.0, "order": 3}
    assert gain_db(300, **band) == pytest.approx(-3.01, abs=0.01)
    assert gain_db(3000, **band) == pytest.approx(-3.01, abs=0.01)
    assert gain_db(1000, **band) == pytest.approx(0, abs=0.02)


def test_an_octave_beyond_a_band_is_six_decibels_fainter_for_each_order():
    for order in (2, 5):
        expected = -10 * np.log10(1 + 4**order)
        assert gain_db(200, low_hz=400.0, high_hz=np.inf, order=order) == pytest.approx(expected, abs=0.01)
        assert gain_db(2000, low_hz=0.0, high_hz=1000.0, order=order) == pytest.approx(expected, abs=0.01)


def test_every_drawn_band_keeps_what_lies_between_four_hundred_and_three_thousand_hertz():
    for seed in range(20):
        limited = draw_band_limit(tone(1000), RATE_HZ, np.random.default_rng(seed))
        assert 20 * np.log10(rms(limited) / rms(tone(1000))) > -0.1


def test_reverberation_has_the_energy_it_is_given_and_does_not_precede_a_click():
    click = np.zeros(RATE_HZ, np.float32)
    click[100] = 1
    wet = reverberate(click, 2000, -6.0, np.random.default_rng(0)) - click
    assert np.abs(wet[:100]).max() < 1e-6
    assert np.sum(wet**2) == pytest.approx(ratio(-6.0) ** 2, rel=1e-4)


def test_a_tilt_adds_a_share_of_the_sample_before():
    np.testing.assert_allclose(tilt(np.array([1, 2, 4], np.float32), 0.5), [1, 2.5, 5])


def test_clipping_cuts_at_one_and_a_fifth_of_the_level():
    audio = np.array([0.1, -0.1, 0.1, -2.0], np.float32)
    clipped = clip_peaks(audio)
    assert clipped[3] == pytest.approx(-1.2 * rms(audio))
    np.testing.assert_array_equal(clipped[:3], audio[:3])


def test_noise_has_the_level_it_is_given():
    assert rms(white_noise(100_000, 0.2, np.random.default_rng(1))) == pytest.approx(0.2, rel=0.02)
