"""masks/000000.png: 8-bit palette pictures whose index is the class, with PASCAL VOC's colours."""

from io import BytesIO

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ravs.structures.palette import voc_color

PALETTE = [value for index in range(256) for value in voc_color(index)]


def mask_png(labels: UInt8[np.ndarray, "height width"]) -> bytes:
    """A picture file of the class indices: 0 is background, 255 is not known."""
    picture = Image.fromarray(labels)
    picture.putpalette(PALETTE)
    file = BytesIO()
    picture.save(file, format="PNG", compress_level=3)
    return file.getvalue()
