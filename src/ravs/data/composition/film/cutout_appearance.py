"""Make a cut-out look as if filmed in its place: its edge, color, light and sharpness."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from ravs.data.composition.film.film_settings import FilmSettings

MIN_KEPT = 0.7  # of a cut-out's area: thin ones are not eroded
GRAY_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
MAX_CONTRAST = 2.0  # of a match of deviations

Colors = Float32[np.ndarray, "rows columns 3"]  # 0 to 255
Alpha = Float32[np.ndarray, "rows columns"]  # 0 to 1


@dataclass(frozen=True)
class Patch:
    """Colors, defined a little beyond the alpha, and alpha."""

    colors: Colors
    alpha: Alpha


def soften_edge(
    patch: Float32[np.ndarray, "rows columns 4"], generator: np.random.Generator, settings: FilmSettings
) -> Patch:
    """Erode and blur the alpha of a premultiplied patch, and continue its colors outwards."""
    size = 2 * int(generator.integers(settings.erosion_px + 1)) + 1
    sigma = float(generator.uniform(*settings.edge_blur_px))
    alpha = np.ascontiguousarray(patch[..., 3])
    eroded = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    if eroded.sum() < MIN_KEPT * alpha.sum():
        eroded = alpha
    soft = blur(eroded, sigma)
    wide = blur(patch, 2 * sigma + 1)
    beyond = wide[..., :3] / np.maximum(wide[..., 3:], 1e-3)
    within = patch[..., :3] / np.maximum(patch[..., 3:], 1e-3)
    return Patch(np.where(alpha[..., None] > 0.9, within, beyond), soft)


def blur(plane: np.ndarray, sigma_px: float) -> np.ndarray:
    """A Gaussian blur of float32 that repeats the border; none for a deviation under a quarter of a pixel."""
    if sigma_px < 0.25:
        return plane
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.float32)


def jitter_colors(colors: Colors, generator: np.random.Generator) -> Colors:
    """Random hue, saturation, contrast, gamma and brightness."""
    mixed = colors @ _hue_and_saturation(generator.uniform(-0.3, 0.3), generator.uniform(0.5, 1.3)).T
    mixed = (mixed - 128) * np.float32(generator.uniform(0.7, 1.2)) + 128
    gamma = np.exp(generator.uniform(-0.35, 0.35))
    scaled = np.clip(mixed / 255, 0, 1) ** np.float32(gamma)
    return np.asarray(scaled * np.float32(255 * generator.uniform(0.75, 1.15)), np.float32)


def match_colors(patch: Patch, ground: Colors, generator: np.random.Generator, settings: FilmSettings) -> Colors:
    """Move mean and deviation of each channel part of the way to those of the ground around the cut-out."""
    inside = patch.alpha > 0.5
    if not inside.any():
        return patch.colors
    own, around = patch.colors[inside], ground.reshape(-1, 3)
    strength = generator.uniform(*settings.color_match, 3).astype(np.float32)
    ratio = np.clip(around.std(0) / np.maximum(own.std(0), 1), 1 / MAX_CONTRAST, MAX_CONTRAST)
    gain = 1 + strength * (ratio - 1)
    mean = own.mean(0)
    return np.asarray((patch.colors - mean) * gain + mean + strength * (around.mean(0) - mean), np.float32)


def _hue_and_saturation(angle: float, saturation: float) -> Float32[np.ndarray, "3 3"]:
    """The matrix that turns colors about the gray axis by an angle in radians and scales their distance from gray."""
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.cross(np.eye(3), axis)
    turn = np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * np.outer(axis, axis)
    gray = np.tile(GRAY_WEIGHTS, (3, 1))
    return np.asarray((gray + saturation * (np.eye(3) - gray)) @ turn, np.float32)
