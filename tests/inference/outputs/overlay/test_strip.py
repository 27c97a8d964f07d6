"""Which classes get a row of the strip, and which frames a strip."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.inference.outputs.overlay import write_overlay
from ravs.inference.outputs.overlay.strip import ClassRow, Strip, longest_sounding
from ravs.media import YuvPlanes, probe


def row(name, *spans_s):
    return ClassRow(name, (200, 40, 40), spans_s)


def test_the_classes_that_sound_longest_are_kept_in_their_order():
    rows = [row("dog", (0.0, 1.0)), row("car", (1.0, 5.0)), row("cat", (2.0, 2.5), (3.0, 4.0)), row("bee", (4.0, 4.5))]
    assert [kept.name for kept in longest_sounding(rows, 2)] == ["car", "cat"]
    assert [kept.name for kept in longest_sounding(rows, 3)] == ["dog", "car", "cat"]
    assert longest_sounding(rows, 9) == rows


def gray(width, height):
    luma, chroma = np.full((height, width), 100, np.uint8), np.full((height // 2, width // 2), 128, np.uint8)
    return YuvPlanes(luma, chroma, chroma.copy(), False)


def strip(width, height, seconds=2):
    rows = [row("dog", (0.0, 1.0)), row("washing machine", (1.0, 2.0))]
    return Strip.fit((width, height), False, rows, (Fraction(0), Fraction(seconds)))


@pytest.mark.parametrize("width", range(2, 28, 2))
def test_narrow_and_low_frames_have_a_strip_or_none_and_no_error(width):
    for height in (2, 4, 8, 10, 16, 32, 64, 144, 480, 1080, 1920):
        painted = strip(width, height)
        planes = gray(width, height)
        for time_s in (0, 1, Fraction(199, 100), 2):
            if painted is not None:
                painted.blend(planes, Fraction(time_s))
        assert (painted is None) == bool((planes.y == 100).all())
        assert painted is None or (planes.y[: painted.layout.top] == 100).all()


def test_a_frame_too_narrow_for_the_clock_has_neither_clock_nor_names_but_the_bars():
    narrow, wide = strip(96, 192), strip(160, 192)
    assert not narrow.layout.has_labels and wide.layout.has_labels
    planes = gray(96, 192)
    narrow.blend(planes, Fraction(1))
    top, left = narrow.layout.top, narrow.layout.left
    assert len(np.unique(planes.y[top:, : left - 2])) == 1  # nothing but the band
    assert planes.v[(top + round(narrow.layout.row_middle(0))) // 2].max() > 150  # a bar, red


def test_a_video_without_room_for_a_strip_has_an_overlay(source, prediction, tmp_path):
    path = source("a.mkv", size=(16, 200), stamps=range(0, 1000, 200), last=200)
    write_overlay(path, prediction([0.8], [{1: np.s_[0:40, 0:8]}], size=(200, 16)), tmp_path / "o.mp4")
    info = probe(tmp_path / "o.mp4")
    assert (info.width, info.height, float(info.duration_s)) == (16, 200, 1.0)
