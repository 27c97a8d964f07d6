"""Which frames have a strip, where it is, and what it shows."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.inference.outputs.overlay import write_overlay
from ravs.inference.outputs.overlay.class_rows import ClassRow, class_rows, longest_sounding
from ravs.inference.outputs.overlay.strip import Strip
from ravs.inference.outputs.source_part import SourcePart
from ravs.media import YuvPlanes, probe

DOG, TRUMPET = np.s_[24:64, 8:48], np.s_[24:64, 112:152]


def row(name, *spans_s):
    return ClassRow(name, (200, 40, 40), spans_s)


def gray(width, height):
    luma, chroma = np.full((height, width), 100, np.uint8), np.full((height // 2, width // 2), 128, np.uint8)
    return YuvPlanes(luma, chroma, chroma.copy(), False)


@pytest.fixture
def strip(prediction):
    """strip(width, height, place, scale): two seconds without audio; a dog in the first, a trumpet in the second."""
    made = prediction([0.96, 1.96], [{1: DOG}, {2: TRUMPET}])
    part = SourcePart(None, None, None, None, (Fraction(0), Fraction(2)), False)
    return lambda width, height, place="over", scale=None: Strip.fit(gray(width, height), place, made, part, scale)


def test_the_classes_that_sound_longest_are_kept_in_their_order():
    rows = [row("dog", (0.0, 1.0)), row("car", (1.0, 5.0)), row("cat", (2.0, 2.5), (3.0, 4.0)), row("bee", (4.0, 4.5))]
    assert [kept.name for kept in longest_sounding(rows, 2)] == ["car", "cat"]
    assert [kept.name for kept in longest_sounding(rows, 3)] == ["dog", "car", "cat"]
    assert longest_sounding(rows, 9) == rows


def test_only_classes_that_sound_within_the_span_have_a_row(prediction):
    made = prediction([0.96, 1.96, 2.96], [{1: DOG}, {1: DOG, 2: TRUMPET}, {2: TRUMPET}])
    assert [row.name for row in class_rows(made, (Fraction(0), Fraction(3)))] == ["dog", "trumpet"]
    assert [row.name for row in class_rows(made, (Fraction(2), Fraction(3)))] == ["trumpet"]


@pytest.mark.parametrize("width", range(2, 28, 2))
def test_narrow_and_low_frames_have_a_strip_or_none_and_no_error(strip, width):
    for height in (2, 4, 8, 10, 16, 32, 64, 144, 480, 1080, 1920):
        for place in ("over", "below"):
            painted, planes = strip(width, height, place), gray(width, height)
            for time_s in (0, 1, Fraction(199, 100), 2):
                shown = planes if painted is None else painted.draw(planes, Fraction(time_s))
            assert (painted is None) == (shown.y.shape == (height, width) and bool((shown.y == 100).all()))
            assert painted is None or (shown.y[: painted.floor] == 100).all()


@pytest.mark.parametrize(("width", "height"), [(320, 240), (96, 192), (1280, 720), (406, 720)])
def test_a_strip_below_leaves_the_whole_frame_as_it_is_and_one_over_it_does_not(strip, width, height):
    planes = gray(width, height)
    below = strip(width, height, "below")
    shown = below.draw(planes, Fraction(1))
    assert shown.y.shape == (height + below.layout.height, width)
    assert shown.u.shape == shown.v.shape == (shown.y.shape[0] // 2, width // 2)
    assert (shown.y[:height] == 100).all() and (shown.u[: height // 2] == 128).all()
    over = strip(width, height, "over")
    assert over.draw(planes, Fraction(1)) is planes and (planes.y[over.floor :] != 100).any()


def test_a_frame_too_narrow_for_the_clock_has_neither_clock_nor_names_but_the_bars(strip):
    narrow, wide = strip(96, 192), strip(160, 192)
    assert not narrow.layout.has_labels and wide.layout.has_labels
    assert narrow.classes == frozenset() and wide.classes == {"dog", "trumpet"}
    planes = narrow.draw(gray(96, 192), Fraction(1))
    top, left = narrow.layout.top, narrow.layout.left
    assert len(np.unique(planes.y[top:, : left - 2])) == 1  # nothing but the band
    assert planes.v[(top + round(narrow.layout.row_middle(0))) // 2].max() > 150  # a bar, red


def test_the_scale_of_the_uncertainty_is_the_last_row_from_dark_to_light(strip):
    scaled, plain = strip(640, 360, "below", 0.4), strip(640, 360, "below")
    assert scaled.layout.rows == plain.layout.rows + 1 == 3
    y = scaled.layout.top + round(scaled.layout.row_middle(2))
    shown = scaled.draw(gray(640, 360), Fraction(0)).y[y]
    colors = shown[scaled.layout.left + 2 * scaled.layout.text : scaled.layout.left + 11 * scaled.layout.text]
    assert (np.diff(colors.astype(int)) >= -1).all() and int(colors[-1]) - int(colors[0]) > 60
    assert (plain.draw(gray(640, 360), Fraction(0)).y[y:] <= 40).all()  # the band ends there


def test_a_video_without_room_for_a_strip_has_an_overlay(source, prediction, tmp_path):
    path = source("a.mkv", size=(16, 200), stamps=range(0, 1000, 200), last=200)
    write_overlay(path, prediction([0.8], [{1: np.s_[0:40, 0:8]}], size=(200, 16)), tmp_path / "o.mp4")
    info = probe(tmp_path / "o.mp4")
    assert (info.width, info.height, float(info.duration_s)) == (16, 200, 1.0)
