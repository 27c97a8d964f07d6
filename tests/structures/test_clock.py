from fractions import Fraction

import pytest

from ravs.structures.clock import format_clock, format_clock_tenths, format_vtt_timestamp


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (41, "0:41"), (62.33, "1:02.3"), (59.96, "1:00"), (3603.5, "1:00:03.5")]
)
def test_a_clock_is_read_by_people(seconds, text):
    assert format_clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (12.4, "0:12.4"), (Fraction(5996, 100), "0:59.9"), (3723, "1:02:03.0")]
)
def test_tenths_are_cut_off_and_always_there(seconds, text):
    assert format_clock_tenths(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "00:00:00.000"), (3599.9996, "01:00:00.000")])
def test_a_webvtt_timestamp_has_hours_and_milliseconds(seconds, text):
    assert format_vtt_timestamp(seconds) == text
