"""Changes to a clip's pictures and instance maps in training, the same for every second."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

Frames = UInt8[np.ndarray, "seconds side side 3"]
Instances = UInt8[np.ndarray, "seconds side side"]

WARP_KNOTS = 4  # of a warp's field, along each side
FEATHER_PX = 5  # pixels over which a thing's own colours fade into its surroundings


@dataclass(frozen=True)
class ZoomWindow:
    """What is seen of a picture: what was at x is seen at zoom * x + shift, for columns and for rows."""

    zoom: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)


def draw_zoom_window(zoom: float, stretch: float, generator: np.random.Generator) -> ZoomWindow:
    """A window that enlarges or shrinks by up to 1 + zoom, and columns against rows by up to 1 + stretch.

    A third of the clips stay whole.
    """
    if (zoom <= 0 and stretch <= 0) or generator.random() < 1 / 3:
        return ZoomWindow()
    size = float(np.exp(generator.uniform(-np.log1p(zoom), np.log1p(zoom))))
    aspect = float(np.exp(generator.uniform(-np.log1p(stretch), np.log1p(stretch)) / 2))
    zooms = (size * aspect, size / aspect)
    at = generator.random(2)  # where the picture lies in the window, or the window in the picture
    return ZoomWindow(zooms, (float(at[0] * (1 - zooms[0])), float(at[1] * (1 - zooms[1]))))


def zoom_and_warp(
    frames: Frames, instances: Instances, window: ZoomWindow, warp: float, generator: np.random.Generator
) -> tuple[Frames, Instances]:
    """Pictures and maps seen through a window and a smooth random warp; `warp` is its deviation, in frames.

    What lies outside of the picture repeats its edge, and belongs to nothing.
    """
    side = frames.shape[1]
    if window == ZoomWindow() and warp <= 0:
        return np.array(frames), np.array(instances)
    centres = (np.arange(side, dtype=np.float32) + 0.5) / side
    places = [(centres - shift) / zoom for zoom, shift in zip(window.zoom, window.shift, strict=True)]
    columns, rows = (np.ascontiguousarray(grid) * side - 0.5 for grid in np.meshgrid(*places))
    if warp > 0:
        field = generator.normal(0, warp * side, (2, WARP_KNOTS, WARP_KNOTS)).astype(np.float32)
        columns += cv2.resize(field[0], (side, side), interpolation=cv2.INTER_CUBIC)
        rows += cv2.resize(field[1], (side, side), interpolation=cv2.INTER_CUBIC)
    seen = [cv2.remap(frame, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for frame in frames]
    maps = [cv2.remap(map_, columns, rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT) for map_ in instances]
    return np.stack(seen), np.stack(maps)


def jitter_colors(frames: Frames, colour: float, hue_degrees: float, generator: np.random.Generator) -> Frames:
    """Brightness, contrast, saturation (each way by up to `colour`) and hue, as one matrix and an offset."""
    if not colour and not hue_degrees:
        return frames
    brightness, contrast, saturation = generator.uniform(1 - colour, 1 + colour, 3)
    angle = np.deg2rad(generator.uniform(-hue_degrees, hue_degrees))
    grey = np.full((3, 3), 1 / 3)
    axis = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = np.cos(angle) * np.eye(3) + np.sin(angle) * axis + (1 - np.cos(angle)) * grey
    matrix = brightness * contrast * (saturation * turn + (1 - saturation) * grey)
    offset = brightness * (1 - contrast) * float(frames.mean())
    flat = frames.reshape(1, -1, 3).astype(np.float32)
    changed = cv2.transform(flat, np.hstack([matrix, np.full((3, 1), offset)]))
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8).reshape(frames.shape)


def jitter_object_colors(
    frames: Frames,
    instances: Instances,
    often: float,
    colour: float,
    hue_degrees: float,
    generator: np.random.Generator,
) -> Frames:
    """Each thing in view, and the background, in colours of its own, so that few cut-outs look like many."""
    for number in range(int(instances.max()) + 1) if often > 0 else ():
        if generator.random() < often:
            other = jitter_colors(frames, colour, hue_degrees, generator)
            inside = [cv2.blur((map_ == number).astype(np.float32), (FEATHER_PX, FEATHER_PX)) for map_ in instances]
            frames = _blend(frames, other, np.stack(inside))
    return frames


def occlude(
    frames: Frames, instances: Instances, often: float, generator: np.random.Generator
) -> tuple[Frames, Instances]:
    """Now and then an ellipse of other texture (the same pictures, turned upside down) before all things."""
    if generator.random() >= often:
        return frames, instances
    side = frames.shape[1]
    centre = tuple(int(place) for place in generator.uniform(0, side, 2))
    axes = tuple(int(length) for length in generator.uniform(0.05, 0.18, 2) * side)
    hole = cv2.ellipse(np.zeros((side, side), np.uint8), centre, axes, generator.uniform(0, 180), 0, 360, 1, -1) > 0
    frames, instances = frames.copy(), instances.copy()
    frames[:, hole] = np.roll(frames[:, ::-1], int(generator.integers(side)), axis=2)[:, hole]
    instances[:, hole] = 0
    return frames, instances


def defocus(frames: Frames, most: float, generator: np.random.Generator) -> Frames:
    """A third of the clips out of focus, by a Gaussian of up to `most` frames."""
    sigma = float(generator.uniform(0, most)) * frames.shape[1]
    if generator.random() > 1 / 3 or sigma < 0.2:
        return frames
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in frames])


def _blend(frames: Frames, other: Frames, share: Float32[np.ndarray, "seconds side side"]) -> Frames:
    """`share` of the other pictures, the rest of the first."""
    mixed = frames + share[..., None] * (other.astype(np.float32) - frames)
    pictures: Frames = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return pictures
