"""Which frame and which second of audio belong to a mask, at every rate."""

from fractions import Fraction

import numpy as np
import pytest

from support.clip_facts import HZ, indices_of, joined, loud_seconds


def test_the_frame_of_a_second_is_the_last_one_shown_before_its_end(make_video, beep, numbers):
    clips = joined(make_video("a.mp4", 3, waveform=beep(3)))
    assert indices_of(clips) == numbers(clips) == [24, 49, 74]
    np.testing.assert_allclose(np.concatenate([c.times_s for c in clips]), [0.96, 1.96, 2.96])
    assert clips[0].ends_s == (1.0, 2.0, 3.0) and clips[0].short == (False, False, False)
    assert clips[0].waveform.shape == (2, 3 * HZ) and clips[0].frames.shape == (3, 48, 64, 3)


@pytest.mark.parametrize(
    ("seconds", "indices", "short"),
    [
        ("3", [24, 49, 74], False),
        ("3.04", [24, 49, 75], False),  # a rest below 0.1 s belongs to the last second, whose frame is the last
        ("3.08", [24, 49, 76], False),
        ("3.12", [24, 49, 74, 77], True),
        ("2.52", [24, 49, 62], True),
        ("0.04", [0], True),
        ("0.96", [23], True),
    ],
)
def test_a_rest_below_a_tenth_joins_the_last_second(make_video, beep, numbers, seconds, indices, short):
    clips = joined(make_video("a.mp4", seconds, waveform=beep(float(seconds))))
    assert indices_of(clips) == numbers(clips) == indices
    assert [s for c in clips for s in c.short] == [False] * (len(indices) - 1) + [short]
    assert sum(c.waveform.shape[1] for c in clips) == len(indices) * HZ


@pytest.mark.parametrize(("rate", "count", "masks"), [(50, 151, 3), (50, 125, 3), (50, 2, 1), (100, 302, 3)])
def test_3_02_seconds_give_3_masks_and_2_5_give_3_and_0_04_gives_1(make_video, beep, rate, count, masks):
    path = make_video("a.mp4", Fraction(count, rate), rate=Fraction(rate), waveform=beep(count / rate))
    assert sum(len(clip) for clip in joined(path)) == masks


def test_a_beep_at_two_seconds_is_heard_with_the_frame_shown_then_in_ntsc(make_video, beep):
    rate = Fraction(30000, 1001)
    path = make_video("a.mp4", 4, rate=rate, time_base=Fraction(1, 30000), waveform=beep(4, [(2.0, 2.1)]))
    each = joined(path, rate=None)
    shown_s = np.concatenate([clip.times_s for clip in each])
    first = next(i for i, heard in enumerate(loud_seconds(each)) if heard)
    assert first == 59  # frame 59 is shown from 59 * 1001 / 30000 = 1.9686 s to 2.002 s
    np.testing.assert_allclose(shown_s[first], 59 * 1001 / 30000)
    clips = joined(path)
    assert indices_of(clips) == [29, 59, 89, 119]  # frame 30 is shown at 1.001 s, so it is of the second second
    assert [heard is not None for heard in loud_seconds(clips)] == [False, False, True, False]
    assert loud_seconds(clips)[2] == pytest.approx((0, 100), abs=2)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_beep_at_two_seconds_is_heard_with_the_frame_shown_then_at_variable_rate(make_video, beep, numbers, name):
    stamps = [0, 10, 500, 520, 990, 1400, 1990, 2000, 2900, 3100]  # milliseconds
    path = make_video(name, stamps=stamps, last=200, time_base=Fraction(1, 1000), waveform=beep(3.3, [(2.0, 2.1)]))
    each = joined(path, rate=None)
    first = next(i for i, heard in enumerate(loud_seconds(each)) if heard)
    assert each[first // 4].times_s[first % 4] == pytest.approx(2.0)
    clips = joined(path)
    assert numbers(clips) == indices_of(clips) == [4, 6, 8, 9]
    assert [heard is not None for heard in loud_seconds(clips)] == [False, False, True, False]


def test_at_a_higher_rate_the_windows_of_audio_slide(make_video, beep):
    clips = joined(make_video("a.mp4", 2, waveform=beep(2, [(1.0, 1.1)])), rate=Fraction(4))
    assert indices_of(clips) == [6, 12, 18, 24, 31, 37, 43, 49]
    heard = loud_seconds(clips)
    assert heard[:4] == [None] * 4
    for window, start_ms in enumerate([750, 500, 250, 0], 4):
        assert heard[window] == pytest.approx((start_ms, start_ms + 100), abs=2)
    np.testing.assert_allclose(np.concatenate([c.ends_s for c in clips]), np.arange(1, 9) / 4)


def test_at_a_lower_rate_each_window_has_the_audio_of_the_second_before_its_end(make_video, beep):
    clips = joined(make_video("a.mp4", 4, waveform=beep(4, [(1.5, 1.6), (2.5, 2.6)])), rate=Fraction(1, 2))
    assert indices_of(clips) == [49, 99]
    assert loud_seconds(clips)[0] == pytest.approx((500, 600), abs=2) and loud_seconds(clips)[1] is None


@pytest.mark.parametrize(("seconds", "rate", "end_s"), [(2.5, Fraction(1, 2), 3), (5, Fraction(1, 4), 5)])
def test_at_a_lower_rate_a_rest_has_the_audio_of_the_second_in_which_the_source_ends(
    make_video, beep, seconds, rate, end_s
):
    start_s = end_s - 1
    clips = joined(make_video("a.mp4", seconds, waveform=beep(seconds, [(start_s + 0.2, start_s + 0.3)])), rate=rate)
    assert [end for clip in clips for end in clip.ends_s][-1] == end_s
    assert loud_seconds(clips)[-1] == pytest.approx((200, 300), abs=2)
    assert clips[-1].short[-1] == (end_s > seconds)


def test_a_part_is_counted_from_its_start(make_video, beep, numbers):
    path = make_video("a.mp4", 8, waveform=beep(8, [(5.5, 5.6)]))
    clips = joined(path, start_s=4.5, end_s=7)
    assert indices_of(clips) == numbers(clips) == [137, 162, 174]
    assert loud_seconds(clips)[0] is None
    assert loud_seconds(clips)[1] == pytest.approx((0, 100), abs=2)
    assert clips[0].short == (False, False, True)
