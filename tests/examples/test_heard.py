"""`examples/heard.py` says where what sounds is."""

import importlib.util
from pathlib import Path

import numpy as np

from ravs.structures.prediction import Event, FramePrediction, Prediction, SoundingObject
from ravs.structures.rle import encode_mask

HEARD = Path(__file__).parents[2] / "examples" / "heard.py"


def load_heard():
    spec = importlib.util.spec_from_file_location("heard", HEARD)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_stray_pixel_on_the_other_side_moves_nothing():
    mask = np.zeros((10, 30), bool)
    mask[2:8, 2:8] = mask[5, 28] = True  # the box has its center in the middle
    drum = SoundingObject(
        class_id=1,
        name="drum",
        score=0.9,
        uncertainty=0.1,
        area=int(mask.sum()),
        bbox=(2, 2, 27, 6),
        rle=encode_mask(mask),
    )
    frame = FramePrediction(index=0, time_s=1.0, start_s=0.0, size=mask.shape, objects=(drum,))
    prediction = Prediction(source={}, model={}, settings={}, classes=("background", "drum"), frames=(frame,))
    assert load_heard().where(prediction, Event(name="drum", start_s=0.0, end_s=1.0, score=0.9)) == "left"
