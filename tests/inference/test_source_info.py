from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ravs.config.inference import InferenceSettings
from ravs.errors import DecodeError
from ravs.inference import source_info
from ravs.inference.source_info import SourceAudio, SourceInfo, describe_arrays, describe_source
from ravs.structures.model_output import RECORD


def described(**changes):
    audio = SourceAudio(sample_rate_hz=48000, channels=2, start_s=0.0, duration_s=62.0)
    return SourceInfo(
        **{"name": "a.mp4", "duration_s": 62.0, "width": 6, "height": 4, "fps": "25", "audio": audio} | changes
    )


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
    assert described(duration_s=duration).expected_masks(InferenceSettings.from_choices(**choices)) == masks


def frames_of(peak, starts=range(62), level=-20.0):
    records = np.zeros(len(starts), RECORD)
    records["start_s"], records["peak_db"], records["level_db"] = starts, peak, level
    return records


def test_silence_throughout_is_worth_a_warning():
    (warning,) = described().warnings(InferenceSettings(), frames_of(-91.0))
    assert warning == "the sound is silent throughout (peak -91 dBFS); no masks expected."


@pytest.mark.parametrize("starts", [range(10), range(3, 62), range(0, 62, 2)])  # parts, and a rate below 1
def test_silence_is_claimed_only_of_the_audio_that_was_used(starts):
    (warning,) = described().warnings(InferenceSettings(), frames_of(-91.0, starts))
    assert warning == "the sound is silent wherever it was heard (peak -91 dBFS); no masks expected."


def test_sound_that_the_model_takes_as_silence_is_worth_a_warning():
    quiet = frames_of(-40.0, level=-52.4)
    (warning,) = described().warnings(InferenceSettings(), quiet, silence_below_db=-52.0)
    assert warning == (
        "the sound is below -52 dBFS throughout (loudest second -52.4 dBFS), "
        "which the model takes as silence; no masks expected: raise its level."
    )
    assert described().warnings(InferenceSettings(), quiet) == ()
    one_louder = quiet.copy()
    one_louder["level_db"][-1] = -51.9
    assert described().warnings(InferenceSettings(), one_louder, silence_below_db=-52.0) == ()


def test_time_stamps_that_jump_are_worth_a_warning():
    (warning,) = described(time_jumps_s=(4.0, 8.5)).warnings(InferenceSettings(), frames_of(-3.0))
    assert warning == "time stamps jump at 0:04, 0:08.5; later frames are timed as if they had not."
    jumps = tuple(60.0 * k for k in range(1, 8))
    (warning,) = described(time_jumps_s=jumps).warnings(InferenceSettings(), frames_of(-3.0))
    assert warning.startswith("time stamps jump at 1:00, 2:00, 3:00, 4:00 and 3 more times; ")


def test_a_video_that_ends_before_its_audio_is_worth_a_warning():
    (warning,) = described(video_end_s=2.0).warnings(InferenceSettings(), frames_of(-3.0))
    assert warning == "picture ends at 0:02 of 1:02; its last frame is held until the sound ends."


def test_audio_that_ends_early_is_worth_a_warning():
    audio = SourceAudio(sample_rate_hz=48000, channels=2, start_s=0.0, duration_s=41.0)
    (warning,) = described(audio=audio).warnings(InferenceSettings(), frames_of(-3.0))
    assert warning == "sound ends at 0:41 of 1:02; later frames are treated as silent."
    assert described(audio=audio).warnings(InferenceSettings.from_choices(end_s=40), frames_of(-3.0)) == ()


def test_ordinary_audio_is_worth_no_warning():
    assert described().warnings(InferenceSettings(), frames_of(-3.0)) == ()
    assert described(audio=None).warnings(InferenceSettings(mute=True), frames_of(-120.0)) == ()


def test_a_document_has_unusual_facts_only_where_there_are_some_and_keys_in_order():
    values = described().as_json()
    assert list(values) == [
        *("name", "sha256", "start", "duration", "width", "height", "rotation", "fps", "time_base", "sound"),
    ]
    assert list(values["sound"].items()) == [("rate", 48000), ("channels", 2), ("start", 0.0), ("duration", 62.0)]
    unusual = described(audio=None, video_end_s=2.0, time_jumps_s=(4.0, 8.5)).as_json()
    assert list(unusual.items())[-3:] == [("sound", None), ("picture_end", 2.0), ("time_jumps", [4.0, 8.5])]


@pytest.mark.parametrize("changes", [{}, {"audio": None, "video_end_s": 2.0, "time_jumps_s": (4.0, 8.5)}])
def test_what_a_document_says_of_a_source_comes_back(changes):
    assert SourceInfo.from_json(described(**changes).as_json()) == described(**changes)


def test_a_file_is_described_on_its_own_clock(monkeypatch):
    audio = SimpleNamespace(sample_rate_hz=48000, channels=1, start_s=Fraction(2), duration_s=Fraction(9))
    times = {"start_s": Fraction(3), "duration_s": Fraction(8), "video_duration_s": Fraction(5)}
    info = SimpleNamespace(
        **times, width=6, height=4, rotation=90, is_still=False, rate=25, time_base=Fraction(1, 90), audio=audio
    )
    info.jumps_s = (Fraction(10, 3),)
    monkeypatch.setattr("ravs.inference.source_info.probe", lambda *_: info)
    found = describe_source(Path("a/b.mp4"), InferenceSettings(), "0f")
    assert (found.name, found.sha256, found.rotation, found.fps, found.time_base) == ("b.mp4", "0f", 90, "25", "1/90")
    assert (found.start_s, found.duration_s, found.end_s, found.video_end_s) == (3.0, 8.0, 11.0, 8.0)
    assert found.audio == SourceAudio(sample_rate_hz=48000, channels=1, start_s=2.0, duration_s=9.0)
    assert found.time_jumps_s == (3.333333,)
    info.video_duration_s, info.is_still, info.audio = Fraction(8), True, None
    found = describe_source(Path("a.png"), InferenceSettings())
    assert (found.video_end_s, found.fps, found.audio) == (None, None, None)


def test_arrays_last_until_their_last_time_whatever_their_audio_does():
    found = describe_arrays(np.zeros((2, 4, 6, 3), np.uint8), np.array([0.5, 1.5]), np.zeros(24000, np.float32), 8000)
    assert (found.name, found.duration_s, found.width, found.height, found.fps) == ("arrays", 1.5, 6, 4, None)
    assert found.audio == SourceAudio(sample_rate_hz=8000, channels=1, start_s=0.0, duration_s=3.0)


def test_a_source_of_more_than_a_day_needs_an_end(tmp_path, draw_clip, monkeypatch):
    path = draw_clip(tmp_path / "a.mp4", seconds=2.5)
    assert source_info.MAX_LENGTH_S == 86400
    monkeypatch.setattr(source_info, "MAX_LENGTH_S", 2)
    with pytest.raises(DecodeError, match=r"a\.mp4: lasts 0:02\.5 by its time stamps, .* Say with --end TIME"):
        describe_source(path, InferenceSettings())
    assert describe_source(path, InferenceSettings.from_choices(end_s="3")).duration_s == 2.5
