"""The uncertainty map in colors, and the scale that belongs to them."""

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from ravs.errors import InputError
from ravs.inference.outputs.overlay.style import Color
from ravs.structures.prediction import FramePrediction, Prediction

COLORS: tuple[Color, ...] = (
    (24, 18, 84),
    (122, 26, 140),
    (214, 58, 98),
    (252, 146, 52),
    (252, 240, 130),
)  # ever lighter
ALPHA = 150  # of 255
MIDDLE_GRAY = 128  # what the colors of the legend lie on
SCALES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # what the top of a scale may be
SHARE_BELOW = 0.995  # of all pixels, that the scale has to cover


def uncertainty_scale(prediction: Prediction) -> float:
    """The uncertainty that gets the last color: the first of SCALES that covers nearly all pixels of a video.

    Raises: InputError where a mask has no uncertainty map.
    """
    counts = np.zeros(256, np.int64)
    for frame in prediction.frames:
        if frame.uncertainty_map is None:
            raise InputError(f"mask {frame.index} has no uncertainty map: segment the video again to see it")
        counts += np.bincount(frame.uncertainty_map.ravel(), minlength=256)
    reached = np.cumsum(counts) >= SHARE_BELOW * counts.sum()
    highest = int(reached.argmax()) / 255
    return next(scale for scale in SCALES if scale >= highest)


def uncertainty_image(mask: FramePrediction, size: tuple[int, int], scale: float) -> Image.Image:
    """An RGBA image of `size` (width, height): the map, interpolated bilinearly, in colors from 0 to `scale`."""
    assert mask.uncertainty_map is not None  # uncertainty_scale has seen to that
    levels = np.asarray(Image.fromarray(mask.uncertainty_map).resize(size, Image.Resampling.BILINEAR))
    shares = np.minimum(np.arange(256) / 255 / scale, 1)
    return Image.fromarray(color_table(shares)[levels])


def scale_colors(count: int) -> list[Color]:
    """So many colors from the lowest to the highest uncertainty, as they look on a gray frame."""
    table = color_table(np.linspace(0, 1, max(count, 0))).astype(int)
    mixed = (table[:, :3] * ALPHA + MIDDLE_GRAY * (255 - ALPHA)) // 255
    return [(red, green, blue) for red, green, blue in mixed.tolist()]


def color_table(shares: Float[np.ndarray, " shares"]) -> UInt8[np.ndarray, "shares 4"]:
    """Red, green, blue and alpha at these shares of the scale, 0 to 1."""
    stops = np.linspace(0, 1, len(COLORS))
    channels = [np.interp(shares, stops, [color[channel] for color in COLORS]) for channel in range(3)]
    return np.stack([*channels, np.full(len(shares), ALPHA)], axis=1).round().astype(np.uint8)
