import numpy as np
import pytest

from ravs.config.inference import InferenceSettings
from ravs.structures.prediction import FramePrediction, Prediction, SilenceTest, SoundingObject
from ravs.structures.rle import encode_mask

CLASSES = ("background", "dog", "violin_cello")


@pytest.fixture
def prediction():
    """Three masks of 4 x 6 pixels: a dog; a dog and a cello; silence, cut short."""
    dog, cello = np.zeros((4, 6), bool), np.zeros((4, 6), bool)
    dog[1:3, 1:3] = True
    cello[0, 5] = True
    objects = [
        SoundingObject(class_id=c, name=CLASSES[c], score=s, uncertainty=0.25, area=a, bbox=b, rle=encode_mask(m))
        for c, s, a, b, m in [(1, 0.9, 4, (1, 1, 2, 2), dog), (2, 0.6, 1, (5, 0, 1, 1), cello)]
    ]
    frames = [
        FramePrediction(
            index=index,
            time_s=index + 0.967633,
            start_s=float(index),
            size=(4, 6),
            objects=tuple(objects[: [1, 2, 0][index]]),
            uncertainty=0.125,
            pts=29029 + 30030 * index,
            frame=29 + 30 * index,
            level_db=-23.1,
            peak_db=-12.0,
            short=index == 2,
        )
        for index in range(3)
    ]
    return Prediction(
        source={
            "name": "my street.mp4",
            "sha256": "ab" * 32,
            "start": 0.0,
            "duration": 2.5,
            "width": 6,
            "height": 4,
            "rotation": 0,
            "fps": "30000/1001",
            "time_base": "1/30000",
            "sound": {"rate": 48000, "channels": 2, "start": 0.0, "duration": 2.5},
        },
        model={"name": "ravs-tiny", "revision": None, "sha256": "cd" * 32},
        settings=InferenceSettings(mute=True).as_json(),
        classes=CLASSES,
        frames=tuple(frames),
        silence_test=SilenceTest(0.041, 0.002, ("dog",)),
        warnings=("sound ends at 0:01 of 0:02.5; later frames are treated as silent.",),
    )
