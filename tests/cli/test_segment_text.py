from pathlib import Path

import pytest

from ravs.cli.segment_text import describe_sounding, describe_source_line
from ravs.inference.source_info import SourceInfo
from ravs.structures.prediction import FramePrediction, Prediction


def described(**changes):
    return SourceInfo(**{"name": "a.mp4", "duration_s": 4.0, "width": 64, "height": 48, "fps": "25"} | changes)


@pytest.mark.parametrize(
    ("fps", "text"),
    [("30000/1001", "29.97"), ("25", "25"), ("1/12", "0.08333"), ("1000", "1000"), ("60000", "60000")],
)
def test_rates_are_written_as_people_write_them(fps, text):
    assert describe_source_line(Path("a.mp4"), described(fps=fps)) == f"a.mp4  64×48  {text} fps  0:04  no sound"


@pytest.mark.parametrize(("seconds", "text"), [(28, "28 s"), (60, "1:00"), (3600, "1:00:00")])
def test_long_silence_is_written_as_a_time(seconds, text):
    frames = [
        FramePrediction(index=index, time_s=float(end), start_s=float(end - 1), size=(1, 1))
        for index, end in enumerate((1, seconds))
    ]
    source = described(duration_s=float(seconds)).as_json()
    prediction = Prediction(source=source, model={}, settings={}, classes=("background",), frames=tuple(frames))
    assert describe_sounding(prediction) == f"nothing {text}"
