"""Seconds of audio that sound like film: what is in them, and that nothing else decides."""

from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.film.film_second import draw_second
from ravs.data.composition.film.second_degradation import rms
from ravs.data.composition.film.second_settings import SecondSettings
from ravs.data.composition.film.sound_material import SoundMaterial

CLEAN = SecondSettings(
    **dict.fromkeys(
        ("speed_change", "reverberation", "ambient", "music", "band_limit", "tilt", "noise", "clipping"), 0.0
    ),
    near_silence=0.0,
)


@pytest.fixture(scope="module")
def material(library):
    return SoundMaterial(library, 16_000)


def draw(material, seed, *args, **kwargs):
    return draw_second(material, np.random.default_rng(seed), *args, **kwargs)


def test_equal_generators_give_equal_seconds(material):
    for seed in range(5):
        np.testing.assert_array_equal(draw(material, seed).waveform, draw(material, seed).waveform)


def test_every_second_is_of_one_length_within_full_scale(material):
    for seed in range(30):
        waveform = draw(material, seed).waveform
        assert (waveform.shape, waveform.dtype) == ((16_000,), np.float32)
        assert np.abs(waveform).max() <= 1


def test_what_is_asked_for_is_what_is_heard(material):
    second = draw(material, 0, ("bell", "drum"), settings=CLEAN)
    assert [name for name, _ in second.sources] == ["bell", "drum"]
    assert [path.split("/")[1] for _, path in second.sources] == ["bell", "drum"]
    loudest = np.abs(np.fft.rfft(second.waveform)).argsort()[-2:]
    assert abs(loudest - 660).min() <= 1  # the drum's tone
    assert min(abs(loudest - hertz).min() for hertz in (220, 240, 260)) <= 1  # one of the bell's


def test_the_counts_of_classes_are_those_of_the_settings(material):
    counts = [len(draw(material, seed, settings=CLEAN).sources) for seed in range(300)]
    assert [counts.count(number) / 300 for number in range(3)] == pytest.approx([0.12, 0.63, 0.25], abs=0.08)


def test_a_second_without_classes_is_ambient_audio_or_nearly_silent(material):
    settings = replace(CLEAN, near_silence=0.0)
    assert rms(draw(material, 0, (), settings=settings).waveform) > 0.004  # at least -47 dB
    silent = draw(material, 0, (), settings=replace(CLEAN, near_silence=1.0))
    assert silent.sources == ()
    assert rms(silent.waveform) < 0.0033  # -50 dB


def test_levels_are_within_the_limits(material):
    levels = [20 * np.log10(rms(draw(material, seed, ("bell",), settings=CLEAN).waveform)) for seed in range(40)]
    assert -47.1 < min(levels) < -40
    assert -22 < max(levels) < -16.9


def test_each_degradation_changes_the_second(material):
    def shapes(**changes):
        seconds = (draw(material, seed, ("bell",), settings=replace(CLEAN, **changes)).waveform for seed in range(6))
        return [second / rms(second) for second in seconds]

    plain = shapes()
    for name in ("speed_change", "reverberation", "ambient", "band_limit", "tilt", "noise", "clipping"):
        changed = shapes(**{name: 1.0})
        assert max(np.abs(one - other).max() for one, other in zip(plain, changed, strict=True)) > 1e-5, name


def test_faint_music_is_not_labelled(material):
    second = draw(material, 3, ("bell",), settings=replace(CLEAN, music=1.0))
    assert [name for name, _ in second.sources] == ["bell"]
    assert np.abs(np.fft.rfft(second.waveform))[660] > 10 * np.abs(np.fft.rfft(second.waveform))[700]  # a drum
