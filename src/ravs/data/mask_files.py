"""Pictures and masks from files, each value through a table: never remapped in place, never blended by resizing."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Int16, UInt8
from PIL import Image

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import DecodeError, InputError
from ravs.structures.palette import voc_color

Labels = UInt8[np.ndarray, "height width"]
RgbImage = UInt8[np.ndarray, "height width 3"]
LabelTable = Int16[np.ndarray, "256"]

NO_CLASS = -1
MODE_NAMES = {"1": "1-bit", "L": "8-bit grey", "P": "8-bit index", "RGB": "colour", "RGBA": "colour"}
INDEX_BITS_OF_CHANNEL = (
    0b01001001,
    0b10010010,
    0b00100100,
)  # of an index, those that its colour's red, green and blue tell
UNKNOWN_COLOR = 0x100
AS_STORED = {"1": "1", "L": "L", "P": "P", "RGB": "RGB", "RGBA": "RGB"}
AS_COLORS = AS_STORED | {"P": "RGB"}


def label_table(index_of_value: Mapping[int, int]) -> LabelTable:
    """A table from the values of a mask to class indices; 255 stays ignored, every other value is refused."""
    table = np.full(256, NO_CLASS, np.int16)
    table[IGNORE_INDEX] = IGNORE_INDEX
    for value, index in index_of_value.items():
        table[value] = index
    return table


def read_image(path: Path) -> RgbImage:
    """A picture's pixels as they are stored, in RGB.

    Raises: InputError if the file is missing, DecodeError if it is no picture or breaks off; both with its path.
    """
    return read_pixels(path, None)[1]


def read_labels(path: Path, table: LabelTable, *, coloured: bool = False) -> Labels:
    """The class indices of a mask: grey, 1-bit or index pictures by value, RGB by the palette of PASCAL VOC.

    Args:
        path: of the mask.
        table: from values to indices.
        coloured: an index picture counts by its colours too, whatever order its own palette has.

    Raises: InputError with path and value if one is not in the table, or as `read_image` does.
    """
    mode, pixels = read_pixels(path, AS_COLORS if coloured else AS_STORED)
    values = pixels if pixels.ndim == 2 else indices_of_colors(path, pixels)
    indices = table[values]
    if indices.min() < 0:
        value = int(values[indices < 0][0])
        what = f"value {value}" if pixels.ndim == 2 else f"colour {voc_color(value)} of index {value}"
        known = np.flatnonzero(table >= 0)
        raise InputError(
            f"{path} ({MODE_NAMES[mode]}) holds {what}, which is no class of this set: its masks hold "
            f"{', '.join(map(str, known)) if len(known) < 30 else f'0 … {known[-2]}, {known[-1]}'}"
        )
    labels: Labels = indices.astype(np.uint8)
    return labels


def read_binary(path: Path) -> Labels:
    """1 where a mask of any kind is above 0, which is where something sounds; else 0. Raises as `read_image` does."""
    return inspect_binary(path)[0]


def inspect_binary(path: Path) -> tuple[Labels, str]:
    """As `read_binary`, and in words what is wrong with the values: a mask that was resized with blending has many.

    Right are 0 with 1 or 255, and in colour pictures black with one other brightness.
    """
    mode, pixels = read_pixels(path, AS_STORED)
    values = pixels if pixels.ndim == 2 else pixels.max(axis=2)
    labels: Labels = values.astype(bool).astype(np.uint8)
    counts = Image.fromarray(values).histogram()
    found = [value for value, count in enumerate(counts) if count]
    above = [value for value in found if value]
    if len(above) <= 1 and (pixels.ndim == 3 or set(above) <= {1, IGNORE_INDEX}):
        return labels, ""
    some = found if len(found) <= 5 else [*found[:3], "…", found[-1]]
    return labels, (
        f"values {', '.join(map(str, some))} ({MODE_NAMES[mode]}): a mask of this set holds 0 with 1 or 255, and "
        "others come from resizing with blending; all above 0 are read as sounding"
    )


def resize_labels(labels: Labels, size: tuple[int, int]) -> UInt8[np.ndarray, "rows columns"]:
    """Labels at another height and width: each pixel takes the nearest, so that no value appears that was not there."""
    if labels.shape == size:
        return labels
    return np.array(Image.fromarray(labels).resize(size[::-1], Image.Resampling.NEAREST))


def describe_mask_format(path: Path) -> str:
    """How a mask is stored, in words: 1-bit, 8-bit grey, 8-bit index, colour; or that it cannot be read."""
    try:
        with Image.open(path) as picture:
            return MODE_NAMES.get(picture.mode, f"mode {picture.mode}")
    except (OSError, SyntaxError):
        return "not readable"


def read_pixels(path: Path, modes: Mapping[str, str] | None) -> tuple[str, np.ndarray]:
    """The mode in which a file has its pixels, and they in the mode that stands for it: two axes, or three in colour.

    Without modes every picture becomes RGB.
    """
    try:
        with Image.open(path) as picture:
            wanted = "RGB" if modes is None else modes.get(picture.mode)
            if wanted is None:
                raise InputError(f"{path} has pixels of mode {picture.mode}: a mask is 8-bit grey, index, 1-bit or RGB")
            pixels = picture if picture.mode == wanted else picture.convert(wanted)
            return picture.mode, np.array(pixels, np.uint8)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path} is missing: fetch it again, and see ravs datasets check for what else is") from None
    except Image.DecompressionBombError as error:
        raise DecodeError(f"{path} has too many pixels to be a frame's picture") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise DecodeError(f"{path} cannot be decoded as a picture: it is truncated, or none") from error


def indices_of_colors(path: Path, pixels: RgbImage) -> Labels:
    """The index of each pixel's colour in the palette."""
    red, green, blue = (table[pixels[..., channel]] for channel, table in enumerate(_CHANNELS))
    indices = red | green | blue
    if indices.max() >= UNKNOWN_COLOR:
        colour = tuple(int(value) for value in pixels[indices >= UNKNOWN_COLOR][0])
        raise InputError(f"{path} holds colour {colour}, which the palette of PASCAL VOC has not: save it without loss")
    found: Labels = indices.astype(np.uint8)
    return found


def _channel_tables() -> np.ndarray:
    """For red, green and blue: the bits of the index that a value tells; UNKNOWN_COLOR if no class has that value."""
    tables = np.full((3, 256), UNKNOWN_COLOR, np.uint16)
    for index in range(256):
        for channel, value in enumerate(voc_color(index)):
            tables[channel, value] = index & INDEX_BITS_OF_CHANNEL[channel]
    return tables


_CHANNELS = _channel_tables()
