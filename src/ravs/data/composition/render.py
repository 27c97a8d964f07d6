"""Render the frames of a scene, with a map of which object each pixel shows."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from ravs.data.composition.scene import FRAMES_PER_SECOND, SECONDS, PlacedObject, Scene
from ravs.data.library.library import Library

RgbFrame = UInt8[np.ndarray, "side side 3"]
InstanceMap = UInt8[np.ndarray, "side side"]


def render(
    scene: Scene, library: Library, side: int, times_s: Iterable[float]
) -> Iterator[tuple[RgbFrame, InstanceMap]]:
    """The frame at each time, and its instance map: 0 is background, i the i-th object of the scene.

    A pixel belongs to the topmost object whose alpha is above 0.5 there. A frame depends on its time alone, not on
    which others are rendered.
    """
    renderer = SceneRenderer(scene, library, side)
    for time_s in times_s:
        frame, instances = renderer.draw(time_s)
        yield _add_grain_and_jpeg(frame, scene, round(time_s * FRAMES_PER_SECOND)), instances


class SceneRenderer:
    """The cut-outs and background of a scene, scaled once for frames of one size."""

    def __init__(self, scene: Scene, library: Library, side: int) -> None:
        self.scene = scene
        self.side = side
        self.cutouts = [scale_cutout(library.cutout(obj.cutout), obj, side) for obj in scene.objects]
        self.backdrop = _scale_backdrop(scene, library, side)

    def draw(self, time_s: float) -> tuple[Float32[np.ndarray, "side side 3"], InstanceMap]:
        """The frame at a time, from 0 to 255, without grain, and its instance map."""
        frame = self._background(time_s)
        instances = np.zeros((self.side, self.side), np.uint8)
        centers = self.scene.positions(np.array([time_s]))[:, :, 0]
        for number, (obj, cutout, center) in enumerate(zip(self.scene.objects, self.cutouts, centers, strict=True)):
            rows, columns, patch = place_cutout(cutout, obj.tilt_degrees, center[0], center[1], self.side)
            alpha = patch[..., 3:]
            frame[rows, columns] *= 1 - alpha
            frame[rows, columns] += patch[..., :3]
            instances[rows, columns][alpha[..., 0] > 0.5] = number + 1
        return frame, instances

    def _background(self, time_s: float) -> Float32[np.ndarray, "side side 3"]:
        """The window of the background that the camera shows."""
        backdrop, progress = self.scene.backdrop, time_s / SECONDS - 0.5
        corner = []
        for axis, length in enumerate((self.backdrop.shape[1], self.backdrop.shape[0])):
            room = length - self.side
            margin = min(abs(backdrop.pan[axis]) * self.side / 2, room / 2)
            start = margin + backdrop.at[axis] * (room - 2 * margin)
            corner.append(start + backdrop.pan[axis] * self.side * progress)
        shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]])
        visible = cv2.warpAffine(self.backdrop, shift, (self.side, self.side), borderMode=cv2.BORDER_REPLICATE)
        return visible.astype(np.float32) * np.float32(backdrop.brightness)


def scale_cutout(
    rgba: UInt8[np.ndarray, "h w 4"], obj: PlacedObject, side: int
) -> Float32[np.ndarray, "height width 4"]:
    """A cut-out at its size in the frame: colors from 0 to 255, premultiplied by alpha, and alpha from 0 to 1."""
    longest = obj.side * side
    height, width = (max(1, round(length * longest / max(rgba.shape[:2]))) for length in rgba.shape[:2])
    premultiplied = rgba.astype(np.float32)
    premultiplied[..., 3] /= 255
    premultiplied[..., :3] *= premultiplied[..., 3:]
    smaller = height < rgba.shape[0]
    scaled = cv2.resize(premultiplied, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    scaled[..., :3] = np.minimum(scaled[..., :3] * np.array(obj.brightness, np.float32), 255 * scaled[..., 3:])
    return np.ascontiguousarray(scaled[:, ::-1]) if obj.mirrored else scaled


def place_cutout(
    cutout: Float32[np.ndarray, "height width *planes"], tilt_degrees: float, x: float, y: float, side: int
) -> tuple[slice, slice, Float32[np.ndarray, "rows columns *planes"]]:
    """Rotate a cut-out about its center, put at (x, y). Returns: the rows and columns it covers, and its pixels."""
    height, width = cutout.shape[:2]
    reach = np.hypot(height, width) / 2 + 2
    left, top = (int(np.clip(np.floor(place * side - reach), 0, side)) for place in (x, y))
    right, bottom = (int(np.clip(np.ceil(place * side + reach), 0, side)) for place in (x, y))
    rows, columns = slice(top, bottom), slice(left, right)
    if right <= left or bottom <= top:
        return rows, columns, np.zeros((bottom - top, right - left, *cutout.shape[2:]), np.float32)
    rotation = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt_degrees, 1.0)
    rotation[:, 2] += [x * side - width / 2 - left, y * side - height / 2 - top]
    patch = cv2.warpAffine(cutout, rotation, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    return rows, columns, np.asarray(patch, np.float32)


def visible_shares(
    alphas: list[np.ndarray], scene: Scene, times_s: tuple[float, ...], side: int
) -> Iterator[tuple[float, float]]:
    """For each time and object: the share of its alpha inside the frame, and the uncovered share of that.

    `alphas` are the objects' scaled alpha channels (height, width; float32), each of its own size.
    """
    centers = scene.positions(np.array(times_s))
    for index in range(len(times_s)):
        uncovered = np.ones((side, side), np.float32)
        for number in reversed(range(len(alphas))):  # the nearest first
            tilt, (x, y) = scene.objects[number].tilt_degrees, centers[number, :, index]
            rows, columns, patch = place_cutout(alphas[number], tilt, x, y, side)
            inside = float(patch.sum())
            yield (
                inside / float(alphas[number].sum()),
                float((patch * uncovered[rows, columns]).sum()) / max(inside, 1e-6),
            )
            uncovered[rows, columns] *= 1 - patch


def _scale_backdrop(scene: Scene, library: Library, side: int) -> UInt8[np.ndarray, "height width 3"]:
    """The background, its short side `scale` times the frame's."""
    image, backdrop = library.background(scene.backdrop.path), scene.backdrop
    factor = backdrop.scale * side / min(image.shape[:2])
    height, width = (max(side, round(length * factor)) for length in image.shape[:2])
    scaled = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return np.ascontiguousarray(scaled[:, ::-1]) if backdrop.mirrored else scaled


def _add_grain_and_jpeg(frame: Float32[np.ndarray, "side side 3"], scene: Scene, number: int) -> RgbFrame:
    """Add the grain and JPEG artifacts of a camera."""
    if scene.grain:
        noise = np.random.default_rng([scene.grain_seed, number]).standard_normal(frame.shape, np.float32)
        frame = frame + noise * np.float32(scene.grain)
    pixels = np.clip(np.rint(frame), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg_quality]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def class_masks(
    instances: UInt8[np.ndarray, "seconds side side"],
    class_indices: list[int],
    sounding: Bool[np.ndarray, "objects seconds"],
) -> UInt8[np.ndarray, "seconds side side"]:
    """The class index of each pixel whose object sounds in that second, 0 elsewhere."""
    table = np.zeros((instances.shape[0], len(class_indices) + 1), np.uint8)
    table[:, 1:] = np.where(sounding.T, np.array(class_indices, np.uint8), 0)
    return np.stack([row[instance_map] for row, instance_map in zip(table, instances, strict=True)])
