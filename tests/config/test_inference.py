from fractions import Fraction
from pathlib import Path

import pytest

from ravs.config.inference import InferenceSettings, parse_rate, parse_time
from ravs.errors import InputError


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1", Fraction(1)),
        ("0.5", Fraction(1, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        (2, Fraction(2)),
        ("native", None),
    ],
)
def test_a_rate_is_a_number_a_fraction_or_native(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["fast", "1/0", "", "nan"])
def test_an_invalid_rate_is_an_error_that_shows_valid_ones(text):
    with pytest.raises(InputError, match="must be a number, a fraction such as 30000/1001, or native"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", Fraction(25, 2)),
        ("1:02.25", Fraction(249, 4)),
        ("1:00:00.001", Fraction(3600001, 1000)),
        (3, 3),
        (0.5, Fraction(1, 2)),
    ],
)
def test_a_time_is_seconds_or_a_clock(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "1:60", "1.5:00", "-1", ""])
def test_an_invalid_time_is_an_error_that_shows_valid_ones(text):
    with pytest.raises(InputError, match=r"must be seconds or H:MM:SS\.mmm"):
        parse_time(text)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"threshold": 1.5}, "threshold is 1.5; it must lie between 0 and 1"),
        ({"max_uncertainty": -0.1}, "max_uncertainty is -0.1"),
        ({"rate": 0}, "rate is 0; it must be above 0"),
        ({"start_s": "2", "end_s": "1:00"}, None),
        ({"start_s": "2", "end_s": 2}, "end is 2 s, not after start 2 s"),
        ({"classes": ""}, "classes is empty"),
        ({"sound_track": 0}, "sound_track is 0; tracks are counted from 1; ravs info lists them"),
        ({"sound_track": "left"}, "sound_track is 'left'; it must be a number, 1 for the first track"),
        ({"treshold": 0.3}, "unknown setting 'treshold'; did you mean 'threshold'?"),
        ({"conf": 0.3}, "unknown setting 'conf'; did you mean 'threshold'?"),
        ({"device": "cpu"}, "unknown setting 'device'; ravs.load takes it"),
    ],
)
def test_impossible_settings_are_refused(choices, message):
    if message is None:
        assert InferenceSettings.from_choices(**choices).end_s == 60
    else:
        with pytest.raises(InputError, match=message):
            InferenceSettings.from_choices(**choices)


def test_settings_are_written_as_json_documents_record_them():
    settings = InferenceSettings.from_choices(
        rate="30000/1001", start_s="0:01.5", classes="dog, car", sound="in/a.wav", sound_track="2"
    )
    assert settings.sound == Path("in/a.wav")
    assert settings.as_json() == {
        "rate": "30000/1001",
        "start": 1.5,
        "end": None,
        "classes": ["dog", "car"],
        "among": None,
        "threshold": 0.5,
        "max_uncertainty": None,
        "min_area": 0.001,
        "min_duration": 1.0,
        "bridge_gaps": 1.0,
        "sound": "a.wav",
        "sound_track": 2,
        "mute": False,
    }


@pytest.mark.parametrize("names", [3, [1, 2], ["dog", None]])
def test_classes_are_given_by_name(names):
    with pytest.raises(InputError, match="must be names of classes"):
        InferenceSettings.from_choices(classes=names)


@pytest.mark.parametrize("name", ["classes", "among"])
def test_all_is_every_class(name):
    assert getattr(InferenceSettings.from_choices(**{name: "all"}), name) is None
