"""What files of masks and scores hold: index, 0/255 and 1-bit pictures, and arrays of scores."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped, UInt8
from PIL import Image

from ravs.data.sets.masks import IGNORED, by_colour, read_pixels
from ravs.errors import DecodeError, InputError
from ravs.palette import voc_color

SCALES = ("logits", "probabilities")
STORED = {mode: mode for mode in ("1", "L", "P", "RGB")}  # modes that a mask may have
INDEX, IGNORING, WHITE, NEUTRAL = "index", "index and 255", "white", "neutral"  # forms: 0, 1 …; 0, 1, 255; 0, 255; any
ROUNDING = 0.02  # by which class probabilities may miss a sum of 1: float16 of 71 classes
ROWS = 64  # of class scores worked on at once: all of them may not fit into memory twice

Labels = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Labels, and where scores were given the probability that something sounds and the confidence in the label."""

    labels: np.ndarray
    probability: np.ndarray | None = None
    confidence: np.ndarray | None = None


def read_index(path: Path, num_classes: int, *, truth: bool, white_ignored: bool = False) -> tuple[Labels, str]:
    """The class indices of a picture, and how it tells them: one of the forms above.

    Grey, 1-bit and index pictures count by value, whatever their palette; RGB ones by the palette of PASCAL VOC, or by
    value where they are black and white. In a binary picture of 0 and 255 the 255 is what sounds, unless its palette
    is that of PASCAL VOC, where it is what must be ignored, or `white_ignored` says so.

    Raises: InputError with the value that is no class, DecodeError for what is no picture.
    """
    mode, pixels = read_pixels(path, STORED)
    if pixels.ndim == 3:
        grey = bool((pixels == pixels[..., :1]).all())
        binary_grey = grey and (num_classes == 2 or int(pixels.max(initial=0)) == IGNORED)
        pixels = pixels[..., 0] if binary_grey else by_colour(path, pixels)
    highest = int(pixels.max(initial=0))
    if mode == "1" or highest == 0:
        return pixels, NEUTRAL
    may_be_white = num_classes == 2 and highest == IGNORED and not white_ignored and _black_and_white(pixels)
    if may_be_white and not (mode == "P" and palette_name(path) == "PASCAL VOC"):
        return pixels // IGNORED, WHITE
    _check(pixels, num_classes, truth)
    return pixels, IGNORING if highest == IGNORED and (pixels == 1).any() else INDEX


def read_prediction(path: Path, num_classes: int, scale: str) -> Predicted:
    """A prediction's labels, and its scores where there are any."""
    if path.suffix.lower() != ".npy":
        return Predicted(read_index(path, num_classes, truth=False)[0])
    array = load_array(path)
    if array.ndim == 2 and array.dtype.kind in "bui":
        return Predicted(_labels_of(array, num_classes))
    if array.dtype.kind != "f" or array.ndim not in (2, 3):
        raise InputError(f"is {array.dtype} of shape {array.shape}, not height x width or classes x height x width")
    if array.ndim == 2:
        return _binary(array, num_classes, scale)
    if len(array) != num_classes:
        raise InputError(f"has {len(array)} classes of scores, not {num_classes}: see --classes")
    return _semantic(path, array.shape[1:], scale)


def load_array(path: Path) -> np.ndarray:
    """A .npy file, without unpickling and without reading all of it at once; 1 x height x width as height x width."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise DecodeError(f"{path} cannot be read as a .npy array of numbers ({error})") from error
    if not isinstance(array, np.ndarray):
        raise DecodeError(f"{path} is a .npz archive: save each frame's array as a .npy file")
    return array[0] if array.ndim == 3 and len(array) == 1 else array  # a single map of scores with its channel


def palette_name(path: Path) -> str:
    """Whose colours an index picture has: PASCAL VOC, grey, or another palette."""
    with Image.open(path) as picture:
        colours = picture.getpalette() or []
    if len(colours) >= 6 and colours == [value for index in range(len(colours) // 3) for value in voc_color(index)]:
        return "PASCAL VOC"
    same = all(colours[3 * i] == colours[3 * i + 1] == colours[3 * i + 2] for i in range(len(colours) // 3))
    return "grey" if same else "another palette"


def kind_of(path: Path) -> str:
    """How a file stores its map, in words: its mode and palette, or the type and shape of its array."""
    if path.suffix.lower() == ".npy":
        array = load_array(path)
        return f"{array.dtype} arrays of {' x '.join(map(str, array.shape))}"
    with Image.open(path) as picture:
        mode = picture.mode
    words = {"1": "1-bit pictures", "L": "8-bit grey pictures", "P": "8-bit index pictures"}
    return words.get(mode, f"{mode} pictures") + (f", palette {palette_name(path)}" if mode == "P" else "")


def _black_and_white(pixels: Labels) -> bool:
    return bool(((pixels == 0) | (pixels == IGNORED)).all())


def _check(pixels: Labels, num_classes: int, truth: bool) -> None:
    """Raise InputError for a value that is no class; 255 is ignored in the truth."""
    strange = pixels >= num_classes
    if truth:
        strange &= pixels != IGNORED
    if strange.any():
        value = int(pixels[strange][0])
        binary = "a binary mask holds 0 and 1, or 0 and 255; more classes need --classes" if num_classes == 2 else ""
        raise InputError(f"holds the value {value}: {binary or f'classes are 0 … {num_classes - 1}'}")


def _labels_of(array: Shaped[np.ndarray, "height width"], num_classes: int) -> Labels:
    """An array of whole numbers as labels; 0 and 255 is a binary mask as in pictures."""
    if array.size and (int(array.min()) < 0 or int(array.max()) > IGNORED):
        raise InputError(f"holds values from {array.min()} to {array.max()}, not class indices")
    labels: Labels = array.astype(np.uint8)
    if num_classes == 2 and labels.max(initial=0) == IGNORED and _black_and_white(labels):
        return labels // IGNORED
    _check(labels, num_classes, truth=False)
    return labels


def _binary(scores: Float[np.ndarray, "height width"], num_classes: int, scale: str) -> Predicted:
    if num_classes != 2:
        raise InputError(f"is one map of scores; {num_classes} classes need as many maps, classes x height x width")
    with np.errstate(over="ignore"):  # what is beyond float32 is infinite, and the sigmoid of that is 0 or 1
        scores = np.array(scores, np.float32)
        _check_scores(scores, scale)
        if scale == "logits":
            scores = 1 / (1 + np.exp(-scores))
    return Predicted((scores > 0.5).view(np.uint8), scores, np.maximum(scores, 1 - scores))


def _semantic(path: Path, size: tuple[int, int], scale: str) -> Predicted:
    """Strip by strip, each from the file anew, so that no more than a strip of all classes is in memory."""
    labels, probability, confidence = (np.empty(size, kind) for kind in (np.uint8, np.float32, np.float32))
    for top in range(0, size[0], ROWS):
        rows = slice(top, top + ROWS)
        with np.errstate(over="ignore"):
            strip = load_array(path)[:, rows].astype(np.float32)
        _check_scores(strip, scale)
        labels[rows] = strip.argmax(axis=0)
        strip = _softmax(strip) if scale == "logits" else _checked_sum(strip)
        probability[rows] = strip[1] if len(strip) == 2 else 1 - strip[0]
        confidence[rows] = strip.max(axis=0)
    return Predicted(labels, probability.clip(0, 1), confidence.clip(0, 1))


def _softmax(scores: Float[np.ndarray, "classes height width"]) -> Float[np.ndarray, "classes height width"]:
    highest = scores.max(axis=0)
    if np.isinf(highest).any():
        raise InputError("holds infinite scores: a class may have -inf, but not all of them, and none may have inf")
    weights = np.exp(scores - highest)
    out: np.ndarray = weights / weights.sum(axis=0)
    return out


def _checked_sum(scores: Float[np.ndarray, "classes height width"]) -> Float[np.ndarray, "classes height width"]:
    """Probabilities, if they are of classes that exclude each other."""
    total = scores.sum(axis=0)
    if (np.abs(total - 1) > ROUNDING).any():
        raise InputError(f"holds class scores that sum to {total.min():.3f} … {total.max():.3f}, not probabilities")
    return scores


def _check_scores(scores: Shaped[np.ndarray, "..."], scale: str) -> None:
    if np.isnan(scores).any():
        raise InputError("holds scores that are no numbers (NaN)")
    if scale == "probabilities" and scores.size and not (float(scores.min()) >= 0 and float(scores.max()) <= 1):
        raise InputError(
            f"holds scores from {scores.min():g} to {scores.max():g}, not probabilities in [0, 1]: give --scores logits"
        )
