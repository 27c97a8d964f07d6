import csv
from pathlib import Path

import numpy as np
import pytest

from ravs.media import read_clips

EXAMPLES = Path(__file__).parents[2] / "examples"
CLIPS = ("sheep-and-drums", "two-drums", "dog-and-piano")


def levels(name):
    """Root mean square of each channel in each second: 2, 5."""
    clip = next(iter(read_clips(EXAMPLES / f"{name}.mp4", window=5)))
    assert clip.frames.shape == (5, 416, 416, 3)
    return np.sqrt(np.square(clip.waveform.reshape(2, 5, -1)).mean(axis=-1))


@pytest.mark.parametrize("name", CLIPS)
def test_an_example_is_small(name):
    assert (EXAMPLES / f"{name}.mp4").stat().st_size <= 1_000_000


def test_the_drums_are_right_until_three_and_a_half_seconds_and_the_sheep_left_from_two():
    left, right = levels("sheep-and-drums")
    assert (right[:2] > 2 * left[:2]).all()
    assert left[2] > 2 * left[1]
    assert left[4] > 1.5 * right[4]


def test_the_left_one_of_two_drums_sounds():
    left, right = levels("two-drums")
    assert (left > 1.5 * right).all()


def test_the_piano_begins_after_a_second_on_the_right():
    left, right = levels("dog-and-piano")
    assert max(left[0], right[0]) < 1e-3
    assert (right[1:] > left[1:]).all()


def test_every_held_out_part_is_credited():
    credits = (EXAMPLES / "CREDITS.md").read_text()
    with (EXAMPLES / "held_out.csv").open() as file:
        paths = [row["path"] for row in csv.DictReader(file)]
    assert len(paths) == 10 and all(f"`{path}`" in credits for path in paths)
