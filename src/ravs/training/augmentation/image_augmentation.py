"""Augmentation of a clip's frames and instance maps in training, the same for every second."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

Frames = UInt8[np.ndarray, "seconds side side 3"]
Instances = UInt8[np.ndarray, "seconds side side"]

WARP_KNOTS = 4  # of a warp's displacement field, along each side
FEATHER_PX = 5  # pixels over which an object's colors fade into its surroundings


@dataclass(frozen=True)
class ZoomWindow:
    """Affine map of columns and rows, in fractions of the side: what was at x moves to zoom * x + shift."""

    zoom: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)


def draw_zoom_window(zoom: float, stretch: float, generator: np.random.Generator) -> ZoomWindow:
    """A random window that zooms by up to 1 + zoom either way, and columns against rows by up to 1 + stretch.

    A third of the clips are left unchanged.
    """
    if (zoom <= 0 and stretch <= 0) or generator.random() < 1 / 3:
        return ZoomWindow()
    size = float(np.exp(generator.uniform(-np.log1p(zoom), np.log1p(zoom))))
    aspect = float(np.exp(generator.uniform(-np.log1p(stretch), np.log1p(stretch)) / 2))
    zooms = (size * aspect, size / aspect)
    offset = generator.random(2)  # where the frame lies in the window, or the window in the frame
    return ZoomWindow(zooms, (float(offset[0] * (1 - zooms[0])), float(offset[1] * (1 - zooms[1]))))


def zoom_and_warp(
    frames: Frames, instances: Instances, window: ZoomWindow, warp: float, generator: np.random.Generator
) -> tuple[Frames, Instances]:
    """Apply a window and a smooth random warp; `warp` is its standard deviation as a fraction of the side.

    Outside the frame the image repeats its edge, and no instance is there.
    """
    side = frames.shape[1]
    if window == ZoomWindow() and warp <= 0:
        return np.array(frames), np.array(instances)
    centers = (np.arange(side, dtype=np.float32) + 0.5) / side
    sources = [(centers - shift) / zoom for zoom, shift in zip(window.zoom, window.shift, strict=True)]
    columns, rows = (np.ascontiguousarray(grid) * side - 0.5 for grid in np.meshgrid(*sources))
    if warp > 0:
        field = generator.normal(0, warp * side, (2, WARP_KNOTS, WARP_KNOTS)).astype(np.float32)
        columns += cv2.resize(field[0], (side, side), interpolation=cv2.INTER_CUBIC)
        rows += cv2.resize(field[1], (side, side), interpolation=cv2.INTER_CUBIC)
    warped = [cv2.remap(frame, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for frame in frames]
    maps = [cv2.remap(map_, columns, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) for map_ in instances]
    return np.stack(warped), np.stack(maps)


def jitter_colors(frames: Frames, color: float, hue_degrees: float, generator: np.random.Generator) -> Frames:
    """Brightness, contrast, saturation (each way by up to `color`) and hue, as one matrix and an offset."""
    if not color and not hue_degrees:
        return frames
    brightness, contrast, saturation = generator.uniform(1 - color, 1 + color, 3)
    angle = np.deg2rad(generator.uniform(-hue_degrees, hue_degrees))
    gray = np.full((3, 3), 1 / 3)
    axis = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    rotation = np.cos(angle) * np.eye(3) + np.sin(angle) * axis + (1 - np.cos(angle)) * gray
    matrix = brightness * contrast * (saturation * rotation + (1 - saturation) * gray)
    offset = brightness * (1 - contrast) * float(frames.mean())
    flat = frames.reshape(1, -1, 3).astype(np.float32)
    changed = cv2.transform(flat, np.hstack([matrix, np.full((3, 1), offset)]))
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8).reshape(frames.shape)


def jitter_object_colors(
    frames: Frames,
    instances: Instances,
    probability: float,
    color: float,
    hue_degrees: float,
    generator: np.random.Generator,
) -> Frames:
    """Jitter the colors of each object and of the background separately, each with this probability."""
    for number in range(int(instances.max()) + 1) if probability > 0 else ():
        if generator.random() < probability:
            other = jitter_colors(frames, color, hue_degrees, generator)
            inside = [cv2.blur((map_ == number).astype(np.float32), (FEATHER_PX, FEATHER_PX)) for map_ in instances]
            frames = _blend(frames, other, np.stack(inside))
    return frames


def occlude(
    frames: Frames, instances: Instances, probability: float, generator: np.random.Generator
) -> tuple[Frames, Instances]:
    """With this probability, cover all objects with an ellipse of other texture (the same frames upside down)."""
    if generator.random() >= probability:
        return frames, instances
    side = frames.shape[1]
    center = tuple(int(position) for position in generator.uniform(0, side, 2))
    axes = tuple(int(length) for length in generator.uniform(0.05, 0.18, 2) * side)
    hole = cv2.ellipse(np.zeros((side, side), np.uint8), center, axes, generator.uniform(0, 180), 0, 360, 1, -1) > 0
    frames, instances = frames.copy(), instances.copy()
    frames[:, hole] = np.roll(frames[:, ::-1], int(generator.integers(side)), axis=2)[:, hole]
    instances[:, hole] = 0
    return frames, instances


def defocus(frames: Frames, max_sigma: float, generator: np.random.Generator) -> Frames:
    """Blur a third of the clips with a Gaussian of up to `max_sigma` (standard deviation as a fraction of the side)."""
    sigma = float(generator.uniform(0, max_sigma)) * frames.shape[1]
    if generator.random() > 1 / 3 or sigma < 0.2:
        return frames
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames])


def _blend(frames: Frames, other: Frames, share: Float32[np.ndarray, "seconds side side"]) -> Frames:
    """Frames with this share of the other frames."""
    blended = frames + share[..., None] * (other.astype(np.float32) - frames)
    clipped: Frames = np.clip(np.rint(blended), 0, 255).astype(np.uint8)
    return clipped
