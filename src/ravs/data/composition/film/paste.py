"""Paste a cut-out into a frame so that its edge cannot be found."""

import cv2
import numpy as np
from jaxtyping import Float32

from ravs.data.composition.film.cutout_appearance import Patch, blur, jitter_colors, match_colors, soften_edge
from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.render import place_cutout, scale_cutout
from ravs.data.composition.scene import PlacedObject
from ravs.data.library.library import Rgba

LEVELS = 3
BLUR_PX = 0.5  # deviation of the blur of an image enlarged once more, by linear interpolation

Canvas = Float32[np.ndarray, "side side 3"]  # 0 to 255


def softness(scale: float) -> float:
    """The deviation in pixels of the blur that an image shows at a scale: 0 if it was reduced."""
    return BLUR_PX * max(0.0, scale - 1)


def paste(
    canvas: Canvas,
    rgba: Rgba,
    obj: PlacedObject,
    ground_blur_px: float,
    generator: np.random.Generator,
    settings: FilmSettings,
) -> tuple[slice, slice, Float32[np.ndarray, "rows columns"]]:
    """Draw a cut-out onto a canvas, in place.

    Args:
        ground_blur_px: blur of the canvas, which the cut-out gets, too.

    Returns: rows and columns that it covers, and its alpha there, 0 to 1.
    """
    side = canvas.shape[0]
    scaled = scale_cutout(rgba, obj, side)
    own_blur = softness(max(scaled.shape[:2]) / max(rgba.shape[:2]))
    rows, columns, placed = place_cutout(scaled, obj.tilt_degrees, obj.x, obj.y, side)
    if not placed.size:
        return rows, columns, placed[..., 3]
    missing = np.sqrt(max(0.0, ground_blur_px**2 - own_blur**2))
    patch = soften_edge(blur(placed, missing), generator, settings)
    ground = canvas[rows, columns]
    patch = Patch(jitter_colors(patch.colors, generator), patch.alpha)
    colors = np.clip(match_colors(patch, ground, generator, settings), 0, 255)
    if generator.random() < settings.shadow:
        _cast_shadow(canvas, obj, scaled.shape[0] / side, scaled.shape[1] / side, generator)
    if generator.random() < settings.pyramid:
        canvas[rows, columns] = blend_bands(colors, ground, patch.alpha)
    else:
        canvas[rows, columns] = ground + patch.alpha[..., None] * (colors - ground)
    return rows, columns, patch.alpha


def blend_bands(
    front: Float32[np.ndarray, "rows columns 3"],
    ground: Float32[np.ndarray, "rows columns 3"],
    alpha: Float32[np.ndarray, "rows columns"],
) -> Float32[np.ndarray, "rows columns 3"]:
    """Blend each band of frequencies over a width of its own, so that low ones flow over the edge.

    Source: Burt and Adelson 1983, A multiresolution spline with application to image mosaics.
    """
    if min(alpha.shape) < 2**LEVELS:
        return np.asarray(ground + alpha[..., None] * (front - ground), np.float32)
    return np.asarray(np.clip(_blend_level(front - ground, alpha, LEVELS) + ground, 0, 255), np.float32)


def _blend_level(difference: np.ndarray, alpha: np.ndarray, levels: int) -> np.ndarray:
    """alpha times the difference, band by band: both are linear, so the ground's own bands cancel."""
    if levels == 0:
        return np.asarray(alpha[..., None] * difference, np.float32)
    low, low_alpha = cv2.pyrDown(difference), cv2.pyrDown(alpha)
    size = (difference.shape[1], difference.shape[0])
    high = difference - cv2.pyrUp(low, dstsize=size)
    blended = cv2.pyrUp(_blend_level(low, low_alpha, levels - 1), dstsize=size)
    return np.asarray(blended + alpha[..., None] * high, np.float32)


def _cast_shadow(
    canvas: Canvas, obj: PlacedObject, height: float, width: float, generator: np.random.Generator
) -> None:
    """Darken the ground softly under a cut-out, in place."""
    side = canvas.shape[0]
    across, down = np.meshgrid(*[(np.arange(side, dtype=np.float32) + 0.5) / side] * 2)
    reach = (0.45 * width, generator.uniform(0.06, 0.16) * width)
    foot = obj.y + height / 2
    distance = ((across - obj.x) / reach[0]) ** 2 + ((down - foot) / reach[1]) ** 2
    canvas *= (1 - generator.uniform(0.2, 0.6) * np.exp(-distance)).astype(np.float32)[..., None]
