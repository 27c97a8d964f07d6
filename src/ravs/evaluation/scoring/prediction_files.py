"""Reads masks (index, 0/255 and 1-bit images) and arrays of scores from files."""

from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from ravs.config.labels import IGNORE_INDEX
from ravs.data.mask_files import indices_of_colors, read_pixels
from ravs.errors import DecodeError
from ravs.evaluation.scoring.predictions import (
    Labels,
    PredictedFrame,
    check_values,
    is_black_and_white,
    prediction_from_array,
    squeeze_channel,
)
from ravs.structures.npz_members import NPY_ERRORS
from ravs.structures.palette import voc_color

MASK_MODES = {mode: mode for mode in ("1", "L", "P", "RGB")}  # Pillow modes that a mask may have
HEADER_LOCK = Lock()  # NumPy parses headers with `ast`, which in Python 3.11 sometimes fails in concurrent threads
# encodings of masks: 0, 1 …; 0, 1, 255; 0, 255; any
INDEX, IGNORING, WHITE, NEUTRAL = "index", "index and 255", "white", "neutral"


def read_index(path: Path, num_classes: int, *, truth: bool, white_ignored: bool = False) -> tuple[Labels, str]:
    """The class indices of an image, and its encoding, one of those above.

    Gray, 1-bit and index images are read by value, whatever their palette; RGB ones by the palette of PASCAL VOC, or
    by value where they are black and white. In a binary image of 0 and 255, 255 means sounding, unless its palette is
    that of PASCAL VOC or `white_ignored` is set, where it is ignored.

    Raises: InputError with a value that is not a class, DecodeError for a file that is not an image.
    """
    mode, pixels = read_pixels(path, MASK_MODES)
    if pixels.ndim == 3:
        gray = bool((pixels == pixels[..., :1]).all())
        binary_gray = gray and (num_classes == 2 or int(pixels.max(initial=0)) == IGNORE_INDEX)
        pixels = pixels[..., 0] if binary_gray else indices_of_colors(path, pixels)
    highest = int(pixels.max(initial=0))
    if mode == "1" or highest == 0:
        return pixels, NEUTRAL
    may_be_white = num_classes == 2 and highest == IGNORE_INDEX and not white_ignored and is_black_and_white(pixels)
    if may_be_white and not (mode == "P" and palette_name(path) == "PASCAL VOC"):
        return pixels // IGNORE_INDEX, WHITE
    check_values(pixels, num_classes, truth)
    return pixels, IGNORING if highest == IGNORE_INDEX and (pixels == 1).any() else INDEX


def read_prediction(path: Path, num_classes: int, scale: str) -> PredictedFrame:
    """A prediction's labels, and its scores where the file has them."""
    if path.suffix.lower() != ".npy":
        return PredictedFrame(read_index(path, num_classes, truth=False)[0])
    array = load_array(path)
    return prediction_from_array(array, num_classes, scale, lambda rows: load_array(path)[:, rows])


def load_array(path: Path) -> np.ndarray:
    """A memory-mapped .npy file, without unpickling; 1 x height x width as height x width."""
    try:
        with HEADER_LOCK:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except NPY_ERRORS as error:  # NumPy's message would suggest unpickling
        raise DecodeError(
            f"{path} cannot be read as a .npy array of numbers: it is truncated, pickled, or no such file"
        ) from error
    if not isinstance(array, np.ndarray):
        raise DecodeError(f"{path} is a .npz archive: save each frame's array as a .npy file")
    return squeeze_channel(array)


def palette_name(path: Path) -> str:
    """The palette of an index image: PASCAL VOC, gray, or another palette."""
    with Image.open(path) as image:
        colors = image.getpalette() or []
    if len(colors) >= 6 and colors == [value for index in range(len(colors) // 3) for value in voc_color(index)]:
        return "PASCAL VOC"
    same = all(colors[3 * i] == colors[3 * i + 1] == colors[3 * i + 2] for i in range(len(colors) // 3))
    return "gray" if same else "another palette"


def describe_file(path: Path) -> str:
    """The format of a file in words: its mode and palette, or the type and shape of its array."""
    if path.suffix.lower() == ".npy":
        array = load_array(path)
        return f"{array.dtype} arrays of {' x '.join(map(str, array.shape))}"
    with Image.open(path) as image:
        mode = image.mode
    words = {"1": "1-bit images", "L": "8-bit gray images", "P": "8-bit index images"}
    return words.get(mode, f"{mode} images") + (f", palette {palette_name(path)}" if mode == "P" else "")
