"""Labels, probabilities and confidence from arrays of labels or scores."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import InputError
from ravs.structures.mask_rule import is_sounding, most_probable_sound

SCALES = ("logits", "probabilities")
ROUNDING = 0.02  # tolerance of the sum of class probabilities: float16 of 71 classes
ROWS = 64  # of class scores processed at once: two copies of all may not fit into memory

Labels = UInt8[np.ndarray, "height width"]
RowReader = Callable[[slice], np.ndarray]  # reads some rows of all class maps: classes, rows, width


@dataclass(frozen=True, slots=True)
class PredictedFrame:
    """The labels of a frame, and where there are scores also winners, probability and confidence.

    Labels of class scores follow the mask rule of `ravs evaluate`: a pixel sounds where 1 - P(background) exceeds a
    half, and its class is the most probable other one; winners have the largest score.
    """

    labels: np.ndarray
    winners: np.ndarray | None = None  # None: as the labels
    probability: np.ndarray | None = None
    confidence: np.ndarray | None = None


def prediction_from_array(
    array: np.ndarray, num_classes: int, scale: str, rows_of: RowReader | None = None
) -> PredictedFrame:
    """The prediction in an array of one frame.

    Args:
        array: height x width integers (classes; a binary mask may have 0 and 255) or scores that something sounds, or
            classes x height x width scores.
        num_classes: background included.
        scale: of scores, logits or probabilities.
        rows_of: reads rows of class scores, where they are not to be read all at once.

    Raises: InputError for another shape or type, for NaN, or for values that are not probabilities but should be.
    """
    if array.ndim == 2 and array.dtype.kind in "bui":
        return PredictedFrame(_labels_of(array, num_classes))
    if array.dtype.kind != "f" or array.ndim not in (2, 3):
        raise InputError(f"is {array.dtype} of shape {array.shape}, not height x width or classes x height x width")
    if array.ndim == 2:
        return _binary(array, num_classes, scale)
    if len(array) != num_classes:
        raise InputError(f"has {len(array)} classes of scores, not {num_classes}: see --classes")
    return _semantic(rows_of or (lambda rows: array[:, rows]), array.shape[1:], scale)


def squeeze_channel(array: np.ndarray) -> np.ndarray:
    """1 x height x width as height x width: a single score map may have a channel axis."""
    return array[0] if array.ndim == 3 and len(array) == 1 else array


def is_black_and_white(pixels: Labels) -> bool:
    """Whether a map holds only 0 and 255."""
    return bool(((pixels == 0) | (pixels == IGNORE_INDEX)).all())


def check_values(pixels: Labels, num_classes: int, truth: bool) -> None:
    """Raise InputError for a value that is not a class; 255 is allowed in the ground truth."""
    strange = pixels >= num_classes
    if truth:
        strange &= pixels != IGNORE_INDEX
    if strange.any():
        value = int(pixels[strange][0])
        binary = "a binary mask holds 0 and 1, or 0 and 255; more classes need --classes" if num_classes == 2 else ""
        raise InputError(f"holds the value {value}: {binary or f'classes are 0 … {num_classes - 1}'}")


def _labels_of(array: Shaped[np.ndarray, "height width"], num_classes: int) -> Labels:
    """An array of integers as labels; 0 and 255 is a binary mask, as in images."""
    if array.size and (int(array.min()) < 0 or int(array.max()) > IGNORE_INDEX):
        raise InputError(f"holds values from {array.min()} to {array.max()}, not class indices")
    labels: Labels = array.astype(np.uint8)
    if num_classes == 2 and labels.max(initial=0) == IGNORE_INDEX and is_black_and_white(labels):
        return labels // IGNORE_INDEX
    check_values(labels, num_classes, truth=False)
    return labels


def _binary(scores: Float[np.ndarray, "height width"], num_classes: int, scale: str) -> PredictedFrame:
    if num_classes != 2:
        raise InputError(f"is one map of scores; {num_classes} classes need as many maps, classes x height x width")
    with np.errstate(over="ignore"):  # values beyond float32 become infinite, and their sigmoid 0 or 1
        scores = np.array(scores, np.float32)
        _check_scores(scores, scale)
        if scale == "logits":
            scores = 1 / (1 + np.exp(-scores))
    labels = (scores > 0.5).view(np.uint8)
    return PredictedFrame(labels, probability=scores, confidence=np.maximum(scores, 1 - scores))


def _semantic(rows_of: RowReader, size: tuple[int, int], scale: str) -> PredictedFrame:
    """Process strip by strip, so that only a strip of all classes is in memory at once."""
    labels, winners = np.empty((2, *size), np.uint8)
    probability, confidence = np.empty((2, *size), np.float32)
    for top in range(0, size[0], ROWS):
        rows = slice(top, top + ROWS)
        with np.errstate(over="ignore"):
            strip = rows_of(rows).astype(np.float32)
        _check_scores(strip, scale)
        winners[rows] = strip.argmax(axis=0)
        likeliest = most_probable_sound(strip)
        strip = _softmax(strip) if scale == "logits" else _checked_sum(strip)
        probability[rows] = 1 - strip[0]
        labels[rows] = likeliest * is_sounding(strip[0])
        confidence[rows] = np.take_along_axis(strip, labels[rows][None].astype(np.intp), axis=0)[0]
    return PredictedFrame(labels, winners, probability.clip(0, 1), confidence.clip(0, 1))


def _softmax(scores: Float[np.ndarray, "classes height width"]) -> Float[np.ndarray, "classes height width"]:
    highest = scores.max(axis=0)
    if np.isinf(highest).any():
        raise InputError("holds infinite scores: a class may have -inf, but not all of them, and none may have inf")
    weights = np.exp(scores - highest)
    out: np.ndarray = weights / weights.sum(axis=0)
    return out


def _checked_sum(scores: Float[np.ndarray, "classes height width"]) -> Float[np.ndarray, "classes height width"]:
    """The scores, if they are probabilities of mutually exclusive classes."""
    total = scores.sum(axis=0)
    if (np.abs(total - 1) > ROUNDING).any():
        raise InputError(f"holds class scores that sum to {total.min():.3f} … {total.max():.3f}, not probabilities")
    return scores


def _check_scores(scores: Shaped[np.ndarray, "..."], scale: str) -> None:
    if np.isnan(scores).any():
        raise InputError("holds NaN scores")
    if scale == "probabilities" and scores.size and not (float(scores.min()) >= 0 and float(scores.max()) <= 1):
        raise InputError(
            f"holds scores from {scores.min():g} to {scores.max():g}, not probabilities in [0, 1]: give --scores logits"
        )
