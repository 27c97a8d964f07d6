"""How opaque each pixel of what sounds is: the mask with a soft edge."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageFilter

from ravs.structures.prediction import FramePrediction

EDGE_SHARE = 1 / 600  # of the frame's height; the edge stays where the mask has it, at half the opacity


def sounding_alpha(mask: FramePrediction, size: tuple[int, int]) -> UInt8[np.ndarray, "height width"]:
    """255 where something sounds, 0 where not, in between along the edges.

    Args:
        mask: what sounds.
        size: width and height of the frame; sides that are odd in the mask may be longer by one here.
    """
    width, height = size
    sounds = mask.labels > 0
    grown = ((0, height - sounds.shape[0]), (0, width - sounds.shape[1]))
    image = Image.fromarray(np.pad(sounds, grown, mode="edge").astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(max(0.7, height * EDGE_SHARE))))
