"""What each effect makes of a frame. What depends on the mask alone is computed once for all frames that show it."""

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ravs.config.overlay_style import OverlayStyle
from ravs.inference.outputs.overlay.blur import blend_blurred
from ravs.inference.outputs.overlay.draw_masks import MAX_ALPHA, draw_masks
from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.style import Color
from ravs.inference.outputs.overlay.uncertainty_map import uncertainty_image
from ravs.inference.outputs.sounding_alpha import sounding_alpha
from ravs.media import YuvPlanes
from ravs.structures.prediction import FramePrediction

SPOTLIGHT_SHADE, SPOTLIGHT_ALPHA = (0, 0, 0), 184  # of 255: what is silent can still be made out
CUTOUT_GROUND = (128, 128, 128)  # dark and bright things stand out from it
NO_COLOR = 128  # of a chroma plane

Draw = Callable[[YuvPlanes], None]
Size = tuple[int, int]  # width, height, both even


def draw_effect(
    style: OverlayStyle, mask: FramePrediction, size: Size, is_hd: bool, scale: float | None
) -> Draw | None:
    """A function that draws the effect of a style on every frame that shows this mask; None: it changes nothing.

    Args:
        style: names the effect.
        mask: what sounds.
        size: of the frames.
        is_hd: their color matrix.
        scale: the uncertainty at the top of the color scale; only for the effect `uncertainty`.
    """
    if style.effect == "tint":
        return _draw_layer(draw_masks(mask, *size, fill_alpha=round(style.tint * MAX_ALPHA)), is_hd)
    if style.effect == "uncertainty":
        assert scale is not None  # the painter has asked for it
        return _draw_uncertainty(mask, size, is_hd, scale)
    sounding = sounding_alpha(mask, size)
    if style.effect == "spotlight":
        return _draw_layer(plain_ground(255 - sounding, SPOTLIGHT_SHADE, SPOTLIGHT_ALPHA), is_hd)
    if style.effect == "cutout":
        return _draw_layer(plain_ground(255 - sounding, CUTOUT_GROUND, MAX_ALPHA), is_hd)
    return blend_blurred(sounding if style.effect == "blur-sounding" else 255 - sounding)


def plain_ground(where: UInt8[np.ndarray, "height width"], color: Color, alpha: int) -> Image.Image:
    """An RGBA image of one color, with this alpha where `where` is 255."""
    pixels = np.empty((*where.shape, 4), np.uint8)
    pixels[..., :3] = color
    pixels[..., 3] = where.astype(np.uint16) * alpha // 255
    return Image.fromarray(pixels)


def _draw_layer(image: Image.Image, is_hd: bool) -> Draw | None:
    layer = Layer.of(image, is_hd)
    return None if layer is None else layer.blend


def _draw_uncertainty(mask: FramePrediction, size: Size, is_hd: bool, scale: float) -> Draw:
    """The frame without its colors, those of the map over it, and outlines."""
    colors = Layer.of(uncertainty_image(mask, size, scale), is_hd)
    outlines = Layer.of(draw_masks(mask, *size, fill_alpha=0), is_hd)

    def draw(planes: YuvPlanes) -> None:
        planes.u.fill(NO_COLOR)
        planes.v.fill(NO_COLOR)
        for layer in (colors, outlines):
            if layer is not None:
                layer.blend(planes)

    return draw
