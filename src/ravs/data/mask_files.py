"""Read images and masks: mask values are mapped through a table, and masks are resized without blending."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Int16, UInt8
from PIL import Image

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import DecodeError, InputError, RavsError
from ravs.structures.palette import voc_color
from ravs.structures.size_limit import check_size

Labels = UInt8[np.ndarray, "height width"]
RgbImage = UInt8[np.ndarray, "height width 3"]
LabelTable = Int16[np.ndarray, "256"]

NO_CLASS = -1
MODE_NAMES = {"1": "1-bit", "L": "8-bit gray", "P": "8-bit index", "RGB": "color", "RGBA": "color"}
INDEX_BITS_OF_CHANNEL = (0b01001001, 0b10010010, 0b00100100)  # bits of an index stored in red, green and blue
UNKNOWN_COLOR = 0x100
AS_STORED = {"1": "1", "L": "L", "P": "P", "RGB": "RGB", "RGBA": "RGB"}
AS_COLORS = AS_STORED | {"P": "RGB"}


def label_table(index_of_value: Mapping[int, int]) -> LabelTable:
    """A table from mask values to class indices; 255 stays 255, and all other values are no class."""
    table = np.full(256, NO_CLASS, np.int16)
    table[IGNORE_INDEX] = IGNORE_INDEX
    for value, index in index_of_value.items():
        table[value] = index
    return table


def read_image(path: Path) -> RgbImage:
    """The RGB pixels of an image file.

    Raises: InputError if the file is missing, DecodeError if it is truncated or no image; both with the path.
    """
    return read_pixels(path, None)[1]


def read_labels(path: Path, table: LabelTable, *, by_color: bool = False) -> Labels:
    """The class indices of a mask: grayscale, 1-bit and indexed ones by value, RGB by the palette of PASCAL VOC.

    Args:
        path: of the mask.
        table: from values to indices.
        by_color: read indexed masks by color, too, whatever the order of their palette.

    Raises: InputError with path and value if a value is not in the table; or as `read_image`.
    """
    mode, pixels = read_pixels(path, AS_COLORS if by_color else AS_STORED)
    values = pixels if pixels.ndim == 2 else indices_of_colors(path, pixels)
    indices = table[values]
    if indices.min() < 0:
        value = int(values[indices < 0][0])
        what = f"value {value}" if pixels.ndim == 2 else f"color {voc_color(value)} of index {value}"
        known = np.flatnonzero(table >= 0)
        raise InputError(
            f"{path} ({MODE_NAMES[mode]}) holds {what}, which is no class of this set: its masks hold "
            f"{', '.join(map(str, known)) if len(known) < 30 else f'0 … {known[-2]}, {known[-1]}'}"
        )
    labels: Labels = indices.astype(np.uint8)
    return labels


def read_binary(path: Path) -> Labels:
    """1 where a mask is above 0 (sounding), else 0. Raises: as `read_image`."""
    return inspect_binary(path)[0]


def inspect_binary(path: Path) -> tuple[Labels, str]:
    """As `read_binary`, and a message if values are suspicious, as in masks resized with blending.

    Correct are 0 with 1 or 255, and in color images black with one other brightness.
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
    """Labels resized to a height and width; each pixel takes the nearest one, so that no new values appear."""
    if labels.shape == size:
        return labels
    return np.array(Image.fromarray(labels).resize(size[::-1], Image.Resampling.NEAREST))


def describe_mask_format(path: Path) -> str:
    """The format of a mask file: 1-bit, 8-bit gray, 8-bit index or color; or that it cannot be read."""
    try:
        with Image.open(path) as image:
            return MODE_NAMES.get(image.mode, f"mode {image.mode}")
    except (OSError, SyntaxError):
        return "not readable"


def read_pixels(path: Path, modes: Mapping[str, str] | None) -> tuple[str, np.ndarray]:
    """The mode of an image file, and its pixels: two axes, or three for color.

    Pixels are converted to the mode that `modes` has for the file's; without `modes`, to RGB.
    """
    try:
        with Image.open(path) as image:
            check_size(*image.size, path)
            wanted = "RGB" if modes is None else modes.get(image.mode)
            if wanted is None:
                raise InputError(f"{path} has pixels of mode {image.mode}: a mask is 8-bit gray, index, 1-bit or RGB")
            pixels = image if image.mode == wanted else image.convert(wanted)
            return image.mode, np.array(pixels, np.uint8)
    except RavsError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path} is missing: fetch it again, and see ravs datasets check for what else is") from None
    except Image.DecompressionBombError as error:
        raise DecodeError(f"{path} has too many pixels for a frame") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise DecodeError(f"{path} cannot be decoded as an image: it is truncated, or none") from error


def indices_of_colors(path: Path, pixels: RgbImage) -> Labels:
    """The index of each pixel's color in the palette. Raises InputError for other colors."""
    red, green, blue = (table[pixels[..., channel]] for channel, table in enumerate(_CHANNELS))
    indices = red | green | blue
    if indices.max() >= UNKNOWN_COLOR:
        color = tuple(int(value) for value in pixels[indices >= UNKNOWN_COLOR][0])
        raise InputError(f"{path} holds color {color}, which is not in the palette of PASCAL VOC: save it without loss")
    found: Labels = indices.astype(np.uint8)
    return found


def _channel_tables() -> np.ndarray:
    """The index bits of each value of red, green and blue; UNKNOWN_COLOR for values of no class."""
    tables = np.full((3, 256), UNKNOWN_COLOR, np.uint16)
    for index in range(256):
        for channel, value in enumerate(voc_color(index)):
            tables[channel, value] = index & INDEX_BITS_OF_CHANNEL[channel]
    return tables


_CHANNELS = _channel_tables()
