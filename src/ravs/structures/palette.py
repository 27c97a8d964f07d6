"""One color for each class index, the same everywhere; masks and uncertainty maps as PNG."""

from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

ZLIB_DEFAULT = -1  # compression level


def voc_color(index: int) -> tuple[int, int, int]:
    """Red, green and blue of a class, 0 to 255, by the rule of PASCAL VOC: 1 is (128, 0, 0), 2 is (0, 128, 0).

    Bits of the index, three at a time from the lowest on, become bits of red, green and blue, from the highest down.
    """
    color = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            color[channel] |= (index >> (3 * bit + channel) & 1) << (7 - bit)
    return color[0], color[1], color[2]


def hex_color(index: int) -> str:
    """The color of a class as #rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*voc_color(index))


PALETTE = np.array([voc_color(index) for index in range(256)], np.uint8)  # index, channel


def mask_png(labels: UInt8[np.ndarray, "height width"], compress_level: int = 3) -> bytes:
    """An 8-bit palette PNG whose pixel values are class indices: 0 is background, 255 is ignored."""
    image = Image.fromarray(labels)
    image.putpalette(PALETTE.tobytes())
    return _png(image, compress_level)


def write_mask(path: Path, labels: UInt8[np.ndarray, "height width"]) -> None:
    """Write a mask as a palette PNG, compressed as zlib does by default."""
    path.write_bytes(mask_png(labels, ZLIB_DEFAULT))


def uncertainty_png(uncertainty: UInt8[np.ndarray, "height width"], size: tuple[int, int]) -> bytes:
    """An 8-bit gray PNG of `size` (height, width), interpolated bilinearly from the model's map; 255 stands for 1."""
    return _png(Image.fromarray(uncertainty).resize(size[::-1], Image.Resampling.BILINEAR))


def _png(image: Image.Image, compress_level: int = 3) -> bytes:
    file = BytesIO()
    image.save(file, format="PNG", compress_level=compress_level)
    return file.getvalue()
