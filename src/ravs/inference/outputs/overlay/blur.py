"""Blur on YUV planes: strong enough that no face can be recognized."""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8, UInt16
from PIL import Image, ImageFilter

from ravs.inference.outputs.overlay.layer import ALPHA_SCALE, half_resolution
from ravs.media import YuvPlanes

RADIUS_SHARE = 1 / 40  # of the frame's shorter side

Weights = UInt16[np.ndarray, "rows columns"]


def blend_blurred(where: UInt8[np.ndarray, "height width"]) -> Callable[[YuvPlanes], None]:
    """A function that blurs frames where `where` is 255, not where it is 0, and partly in between. Sides are even."""
    luma = where.astype(np.float32) * np.float32(ALPHA_SCALE / 255)
    chroma = half_resolution(luma)
    weights = [plane.round().astype(np.uint16) for plane in (luma, chroma, chroma)]
    radius = max(2.0, min(where.shape) * RADIUS_SHARE)

    def draw(planes: YuvPlanes) -> None:
        for plane, weight, step in zip(planes[:3], weights, (1, 2, 2), strict=True):
            mix(plane, blurred(plane, radius / step), weight)

    return draw


def blurred(plane: UInt8[np.ndarray, "rows columns"], radius: float) -> UInt8[np.ndarray, "rows columns"]:
    """A plane after a Gaussian blur of about this radius, which is computed at a fraction of the resolution."""
    factor = max(1, int(radius / 2))
    small = Image.fromarray(plane).reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    return np.asarray(small.resize(plane.shape[::-1], Image.Resampling.BICUBIC))


def mix(plane: UInt8[np.ndarray, "rows columns"], other: UInt8[np.ndarray, "rows columns"], weight: Weights) -> None:
    """Put another plane into a plane, in place, with these weights in 256ths."""
    mixed = np.multiply(plane, ALPHA_SCALE - weight, dtype=np.uint16)
    mixed += np.multiply(other, weight, dtype=np.uint16)
    mixed >>= 8
    plane[...] = mixed
