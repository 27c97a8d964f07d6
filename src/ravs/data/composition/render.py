"""The pictures of a scene, and for each pixel which object is seen there."""

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
    """The picture at each time, and its instance map: 0 background, i the i-th object of the scene.

    A pixel belongs to the topmost object whose alpha is above 0.5 there. A picture depends on its time alone, not on
    which others are rendered.
    """
    stage = SceneRenderer(scene, library, side)
    for time_s in times_s:
        picture, instances = stage.draw(time_s)
        yield _add_grain_and_jpeg(picture, scene, round(time_s * FRAMES_PER_SECOND)), instances


class SceneRenderer:
    """Cut-outs and background of a scene, scaled once for pictures of one size."""

    def __init__(self, scene: Scene, library: Library, side: int) -> None:
        self.scene = scene
        self.side = side
        self.cutouts = [scale_cutout(library.cutout(thing.cutout), thing, side) for thing in scene.objects]
        self.backdrop = _scale_backdrop(scene, library, side)

    def draw(self, time_s: float) -> tuple[Float32[np.ndarray, "side side 3"], InstanceMap]:
        """Picture from 0 to 255 without grain, and instance map."""
        picture = self._background(time_s)
        instances = np.zeros((self.side, self.side), np.uint8)
        centres = self.scene.positions(np.array([time_s]))[:, :, 0]
        for number, (thing, cutout, centre) in enumerate(zip(self.scene.objects, self.cutouts, centres, strict=True)):
            rows, columns, patch = place_cutout(cutout, thing.tilt_degrees, centre[0], centre[1], self.side)
            alpha = patch[..., 3:]
            picture[rows, columns] *= 1 - alpha
            picture[rows, columns] += patch[..., :3]
            instances[rows, columns][alpha[..., 0] > 0.5] = number + 1
        return picture, instances

    def _background(self, time_s: float) -> Float32[np.ndarray, "side side 3"]:
        """The part of the background that the camera sees, in floating point."""
        backdrop, progress = self.scene.backdrop, time_s / SECONDS - 0.5
        corner = []
        for axis, length in enumerate((self.backdrop.shape[1], self.backdrop.shape[0])):
            room = length - self.side
            margin = min(abs(backdrop.pan[axis]) * self.side / 2, room / 2)
            start = margin + backdrop.at[axis] * (room - 2 * margin)
            corner.append(start + backdrop.pan[axis] * self.side * progress)
        shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]])
        seen = cv2.warpAffine(self.backdrop, shift, (self.side, self.side), borderMode=cv2.BORDER_REPLICATE)
        return seen.astype(np.float32) * np.float32(backdrop.brightness)


def scale_cutout(
    rgba: UInt8[np.ndarray, "h w 4"], thing: PlacedObject, side: int
) -> Float32[np.ndarray, "height width 4"]:
    """A cut-out at its size in the picture: colours from 0 to 255 times alpha, alpha from 0 to 1."""
    longest = thing.side * side
    height, width = (max(1, round(length * longest / max(rgba.shape[:2]))) for length in rgba.shape[:2])
    premultiplied = rgba.astype(np.float32)
    premultiplied[..., 3] /= 255
    premultiplied[..., :3] *= premultiplied[..., 3:]
    smaller = height < rgba.shape[0]
    scaled = cv2.resize(premultiplied, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    scaled[..., :3] = np.minimum(scaled[..., :3] * np.array(thing.brightness, np.float32), 255 * scaled[..., 3:])
    return np.ascontiguousarray(scaled[:, ::-1]) if thing.mirrored else scaled


def place_cutout(
    cutout: Float32[np.ndarray, "height width *planes"], tilt_degrees: float, x: float, y: float, side: int
) -> tuple[slice, slice, Float32[np.ndarray, "rows columns *planes"]]:
    """Turn a cut-out about its centre and put that at (x, y): the rows and columns it touches, and what is there."""
    height, width = cutout.shape[:2]
    reach = np.hypot(height, width) / 2 + 2
    left, top = (int(np.clip(np.floor(place * side - reach), 0, side)) for place in (x, y))
    right, bottom = (int(np.clip(np.ceil(place * side + reach), 0, side)) for place in (x, y))
    rows, columns = slice(top, bottom), slice(left, right)
    if right <= left or bottom <= top:
        return rows, columns, np.zeros((bottom - top, right - left, *cutout.shape[2:]), np.float32)
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt_degrees, 1.0)
    turn[:, 2] += [x * side - width / 2 - left, y * side - height / 2 - top]
    patch = cv2.warpAffine(cutout, turn, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    return rows, columns, np.asarray(patch, np.float32)


def visible_shares(
    alphas: list[np.ndarray], scene: Scene, times_s: tuple[float, ...], side: int
) -> Iterator[tuple[float, float]]:
    """For each time and object: the share of its alpha inside the frame, and the share of that not covered.

    `alphas` are the objects' scaled alphas (height, width; float32), each of its own size.
    """
    centres = scene.positions(np.array(times_s))
    for moment in range(len(times_s)):
        free = np.ones((side, side), np.float32)
        for number in reversed(range(len(alphas))):  # the nearest first
            tilt, (x, y) = scene.objects[number].tilt_degrees, centres[number, :, moment]
            rows, columns, patch = place_cutout(alphas[number], tilt, x, y, side)
            inside = float(patch.sum())
            yield inside / float(alphas[number].sum()), float((patch * free[rows, columns]).sum()) / max(inside, 1e-6)
            free[rows, columns] *= 1 - patch


def _scale_backdrop(scene: Scene, library: Library, side: int) -> UInt8[np.ndarray, "height width 3"]:
    """The background with its short side at scale times the frame's."""
    picture, backdrop = library.background(scene.backdrop.path), scene.backdrop
    factor = backdrop.scale * side / min(picture.shape[:2])
    height, width = (max(side, round(length * factor)) for length in picture.shape[:2])
    scaled = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return np.ascontiguousarray(scaled[:, ::-1]) if backdrop.mirrored else scaled


def _add_grain_and_jpeg(picture: Float32[np.ndarray, "side side 3"], scene: Scene, frame: int) -> RgbFrame:
    """Grain and JPEG, as a camera leaves them."""
    if scene.grain:
        noise = np.random.default_rng([scene.grain_seed, frame]).standard_normal(picture.shape, np.float32)
        picture = picture + noise * np.float32(scene.grain)
    pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg_quality]
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def class_masks(
    instances: UInt8[np.ndarray, "seconds side side"],
    class_indices: list[int],
    sounding: Bool[np.ndarray, "objects seconds"],
) -> UInt8[np.ndarray, "seconds side side"]:
    """The class index wherever an object is seen that sounds in that second, 0 elsewhere."""
    table = np.zeros((instances.shape[0], len(class_indices) + 1), np.uint8)
    table[:, 1:] = np.where(sounding.T, np.array(class_indices, np.uint8), 0)
    return np.stack([row[picture] for row, picture in zip(table, instances, strict=True)])
