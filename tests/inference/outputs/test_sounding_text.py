import pytest

from ravs.inference.outputs.sounding_text import describe_sounding
from ravs.structures.prediction import FramePrediction, Prediction


@pytest.mark.parametrize(("seconds", "text"), [(28, "28 s"), (60, "1:00"), (3600, "1:00:00")])
def test_long_silence_is_written_as_a_time(seconds, text):
    frames = [
        FramePrediction(index=index, time_s=float(end), start_s=float(end - 1), size=(1, 1))
        for index, end in enumerate((1, seconds))
    ]
    source = {"start": 0.0, "duration": float(seconds)}
    prediction = Prediction(source=source, model={}, settings={}, classes=("background",), frames=tuple(frames))
    assert describe_sounding(prediction) == f"nothing {text}"


def test_classes_are_listed_with_their_times_and_silence_with_its_length(prediction):
    assert describe_sounding(prediction) == "dog 0:00–0:02 · violin_cello 0:01–0:02 · nothing 0.5 s"
