import numpy as np
import pytest

from ravs.config.inference import InferenceSettings
from ravs.inference.source_info import clips_of_arrays, expected_masks, level_db, source_warnings
from ravs.structures.prediction import FramePrediction


def described(**changes):
    sound = {"rate": 48000, "channels": 2, "start": 0.0, "duration": 62.0}
    return {"start": 0.0, "duration": 62.0, "fps": "25", "sound": sound} | changes


@pytest.mark.parametrize(("amplitude", "level"), [(1.0, 0.0), (0.1, -20.0), (0.5, -6.0), (0.0, -120.0), (1e-9, -120.0)])
def test_a_constant_has_one_level_for_mean_and_peak(amplitude, level):
    assert level_db(np.full((2, 100), amplitude, np.float32)) == (level, level)


def test_a_sine_is_three_decibels_below_its_peak():
    sine = np.sin(np.arange(48000) * 0.1).astype(np.float32)[None]
    assert level_db(sine) == (-3.0, 0.0)


@pytest.mark.parametrize(
    ("duration", "choices", "masks"),
    [
        (3.02, {}, 3),
        (2.5, {}, 3),
        (0.04, {}, 1),
        (60.0, {"rate": "2"}, 120),
        (60.0, {"rate": "native"}, 1500),
        (60.0, {"start_s": "10", "end_s": "20"}, 10),
    ],
)
def test_progress_expects_as_many_masks_as_there_will_be(duration, choices, masks):
    assert expected_masks(described(duration=duration), InferenceSettings.from_choices(**choices)) == masks


def frames_of(peak, starts=range(62)):
    return [
        FramePrediction(index=index, time_s=start + 0.9, start_s=float(start), size=(1, 1), peak_db=peak)
        for index, start in enumerate(starts)
    ]


def test_silence_throughout_is_worth_a_warning():
    (warning,) = source_warnings(described(), InferenceSettings(), frames_of(-91.0))
    assert warning == "the sound is silent throughout (peak -91 dBFS); no masks expected."


@pytest.mark.parametrize("starts", [range(10), range(3, 62), range(0, 62, 2)])  # parts, and a rate below 1
def test_silence_is_claimed_only_of_what_was_heard(starts):
    (warning,) = source_warnings(described(), InferenceSettings(), frames_of(-91.0, starts))
    assert warning == "the sound is silent wherever it was heard (peak -91 dBFS); no masks expected."


def test_time_stamps_that_jump_are_worth_a_warning():
    (warning,) = source_warnings(described(time_jumps=[4.0, 8.5]), InferenceSettings(), frames_of(-3.0))
    assert warning == "time stamps jump at 0:04, 0:08.5; later frames are timed as if they had not."
    (warning,) = source_warnings(
        described(time_jumps=[60.0 * k for k in range(1, 8)]), InferenceSettings(), frames_of(-3.0)
    )
    assert warning.startswith("time stamps jump at 1:00, 2:00, 3:00, 4:00 and 3 more times; ")


def test_a_picture_that_ends_before_its_sound_is_worth_a_warning():
    (warning,) = source_warnings(described(picture_end=2.0), InferenceSettings(), frames_of(-3.0))
    assert warning == "picture ends at 0:02 of 1:02; its last frame is held until the sound ends."


def test_sound_that_ends_early_is_worth_a_warning():
    sound = {"rate": 48000, "channels": 2, "start": 0.0, "duration": 41.0}
    (warning,) = source_warnings(described(sound=sound), InferenceSettings(), frames_of(-3.0))
    assert warning == "sound ends at 0:41 of 1:02; later frames are treated as silent."
    assert source_warnings(described(sound=sound), InferenceSettings.from_choices(end_s=40), frames_of(-3.0)) == ()


def test_sound_as_it_should_be_is_worth_no_words():
    assert source_warnings(described(), InferenceSettings(), frames_of(-3.0)) == ()
    assert source_warnings(described(sound=None), InferenceSettings(mute=True), frames_of(-120.0)) == ()


def test_arrays_are_cut_into_windows_with_the_second_before_each_frame():
    waveform = np.arange(40, dtype=np.float32)[None]
    frames = np.zeros((3, 2, 2, 3), np.uint8)
    clips = list(clips_of_arrays(frames, np.array([0.5, 1.0, 4.5]), waveform, 10, window=2))
    assert [len(clip) for clip in clips] == [2, 1]
    assert clips[0].waveform[0].tolist() == [0] * 5 + [0, 1, 2, 3, 4] + list(range(10))
    assert clips[1].waveform[0].tolist() == [35, 36, 37, 38, 39] + [0] * 5
    assert clips[1].ends_s == (4.5,)
