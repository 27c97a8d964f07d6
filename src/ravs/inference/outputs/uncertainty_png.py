"""uncertainty/000000.png: 8-bit gray images of the displayed size; 255 is an uncertainty of 1."""

from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image


def uncertainty_png(uncertainty: UInt8[np.ndarray, "height width"], size: tuple[int, int]) -> bytes:
    """An image file of `size` (height, width), interpolated bilinearly from the model's map."""
    image = Image.fromarray(uncertainty).resize(size[::-1], Image.Resampling.BILINEAR)
    file = BytesIO()
    image.save(file, format="PNG", compress_level=3)
    return file.getvalue()
