"""What data sets of masks call the images of a source, and which frames of the source they are."""

from fractions import Fraction
from pathlib import Path

from ravs.errors import InputError
from ravs.files import printable_name
from ravs.structures.prediction import FramePrediction, Prediction

MAX_STEM_BYTES = 200  # leaves room for a number and a suffix
NOMINAL_FPS = Fraction(25)  # of a still image or of arrays, which have no rate of their own


def source_name(prediction: Prediction) -> str:
    """The source's file name, as text that every format can hold."""
    return printable_name(str(prediction.source["name"]))


def source_stem(prediction: Prediction) -> str:
    """The source's name without its suffix, cut off where no file could be named after it."""
    stem = Path(source_name(prediction)).stem
    return stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore")


def image_name(prediction: Prediction, frame: FramePrediction) -> str:
    """street_3.png: with one mask a second, the name that `ravs datasets create OUT street.mp4` gives this frame."""
    return f"{source_stem(prediction)}_{frame.index}.png"


def is_video(prediction: Prediction) -> bool:
    """Whether the source has frames that can be counted; still images and arrays have none."""
    return prediction.source.get("fps") is not None


def frames_per_second(prediction: Prediction) -> Fraction:
    """The source's mean rate of frames."""
    return Fraction(str(prediction.source["fps"])) if is_video(prediction) else NOMINAL_FPS


def frame_number(frame: FramePrediction) -> int:
    """The number of a mask's frame in its video, from 0. Raises InputError if it is not known."""
    if frame.frame is None:
        raise InputError(f"mask {frame.index} does not know its frame's number in the video: segment the file itself")
    return frame.frame
