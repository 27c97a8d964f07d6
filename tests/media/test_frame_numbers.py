"""A frame's index is its place among the frames that others decode: prompts and data sets refer to it."""

from fractions import Fraction

import numpy as np
import pytest
from transformers.video_utils import load_video

from ravs.media import read_clips

UNEVEN = {"stamps": [0, 30, 90, 500, 520, 900, 1000, 1600, 1980, 2400], "last": 40, "time_base": Fraction(1, 1000)}
LATE = {"stamps": [500 + 40 * index for index in range(40)], "last": 40, "time_base": Fraction(1, 1000)}
VIDEOS = {
    "steady": {"seconds": 3, "gop": "12"},
    "two thirds of a second a frame": {"seconds": 3, "rate": Fraction(3, 2)},
    "uneven": UNEVEN,
    "late": LATE,
    "outlasted by its audio": {"seconds": 1},
}


@pytest.mark.parametrize("backend", ["pyav", "opencv"])
@pytest.mark.parametrize("name", VIDEOS)
def test_transformers_decodes_the_same_frame_at_an_index(make_video, beep, number, name, backend):
    path = make_video("a.mp4", waveform=beep(2), **VIDEOS[name])
    every, _ = load_video(str(path), backend=backend)
    (clip,) = read_clips(path, window=4)
    for index, frame in zip(clip.frame_indices, clip.frames, strict=True):
        assert number(every[index]) == number(frame)
        assert np.abs(every[index].astype(int) - frame).mean() < 3
