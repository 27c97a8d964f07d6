"""Recordings as material for single seconds."""

import numpy as np
import pytest

from ravs.data.composition.film.second_settings import SecondSettings
from ravs.data.composition.film.sound_material import SoundMaterial, by_group
from ravs.data.library.library import LibraryPart

RATE_HZ = 16_000
STEADY = SecondSettings(speed_change=0.0)


@pytest.fixture(scope="module")
def material(library):
    return SoundMaterial(library, RATE_HZ)


def loudest_hertz(second):
    return int(np.abs(np.fft.rfft(second)).argmax())


def test_parts_of_one_original_are_together_and_a_part_without_a_group_is_its_own():
    parts = [LibraryPart(path=path, kind="sound", group=group) for path, group in (("a", "x"), ("b", ""), ("c", "x"))]
    assert by_group(parts) == {"x": ["a", "c"], "b": ["b"]}


def test_a_second_has_the_pitch_of_its_recording_at_the_rate_of_the_material(material):
    second = material.second("sounds/bell/train2.wav", np.random.default_rng(0), STEADY)
    assert second.shape == (RATE_HZ,)
    assert loudest_hertz(second) == pytest.approx(260, abs=1)


def test_a_faster_second_is_higher_by_as_much(material):
    settings = SecondSettings(speed_change=1.0, speed_nepers=(0.1, 0.1))
    second = material.second("sounds/bell/train2.wav", np.random.default_rng(0), settings)
    assert loudest_hertz(second) == pytest.approx(260 * np.exp(0.1), abs=1)


def test_a_short_recording_is_repeated_after_gaps(material):
    material._waveforms["short"] = np.full(RATE_HZ // 10, 0.5, np.float32)
    second = material.second("short", np.random.default_rng(0), STEADY)
    assert 0.2 < (second != 0).mean() < 0.75  # a gap is half as long as the recording to three times as long


def test_a_loud_piece_is_taken_where_most_of_a_recording_is_silent(material):
    recording = np.zeros(10 * RATE_HZ, np.float32)
    recording[: 3 * RATE_HZ] = 0.5
    material._waveforms["quiet"] = recording
    heard = [material.second("quiet", np.random.default_rng(seed), STEADY).any() for seed in range(40)]
    assert np.mean(heard) > 0.9  # 0.3 with a single try


def test_recordings_are_drawn_by_original_first(library):
    material = SoundMaterial(library, RATE_HZ)
    material.recordings = {"bell": {"one": ["a"], "other": [str(take) for take in range(9)]}}
    generator = np.random.default_rng(0)
    drawn = [material.draw_recording("bell", generator) for _ in range(400)]
    assert drawn.count("a") == pytest.approx(200, abs=40)
