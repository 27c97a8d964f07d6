"""What camera, screen and codec do to a frame: motion, blur, light, noise, scale, bars and JPEG."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from ravs.data.composition.film.cutout_appearance import GRAY_WEIGHTS, blur
from ravs.data.composition.film.film_settings import FilmSettings

Canvas = Float32[np.ndarray, "side side 3"]  # 0 to 255
InstanceMap = UInt8[np.ndarray, "side side"]


def degrade(canvas: Canvas, generator: np.random.Generator, settings: FilmSettings) -> Canvas:
    """Blur, relight, rescale and add noise as a camera does, each by its share of the settings."""
    canvas = _blur(canvas, generator, settings)
    dark = generator.random() < settings.low_light
    canvas = _low_light(canvas, generator) if dark else _relight(canvas, generator)
    if generator.random() < settings.rescaled:
        canvas = _rescale(canvas, generator.uniform(1, 2))
    if generator.random() < settings.gray:
        canvas = np.repeat((canvas @ GRAY_WEIGHTS)[..., None], 3, axis=2)
    return _add_noise(canvas, generator.uniform(*settings.noise), generator, shot=dark)


def encode(canvas: Canvas, generator: np.random.Generator, settings: FilmSettings) -> UInt8[np.ndarray, "side side 3"]:
    """Round to pixels, in a share of the frames with the artifacts of JPEG."""
    pixels = np.asarray(np.clip(np.rint(canvas), 0, 255), np.uint8)
    if generator.random() >= settings.jpeg:
        return pixels
    low, high = settings.jpeg_quality
    return _compress(pixels, int(generator.integers(low, high + 1)))


def draw_bars(canvas: Canvas, instances: InstanceMap, generator: np.random.Generator) -> tuple[Canvas, InstanceMap]:
    """A letterbox of black bars, or a narrow video between its own blurred sides; nothing is labelled there."""
    share, vertical = generator.uniform(0.06, 0.25), generator.random() < 0.6
    side = canvas.shape[0]
    bar = max(1, round(share * side))
    kept = np.zeros(side, bool)
    kept[bar : side - bar] = True
    inside = kept[None, :] if vertical else kept[:, None]
    sides = np.zeros_like(canvas)
    if vertical and generator.random() < 0.7:
        middle = np.ascontiguousarray(canvas[:, kept])
        sides = blur(cv2.resize(middle, (side, side)), 0.04 * side) * np.float32(generator.uniform(0.5, 1))
    return np.where(inside[..., None], canvas, sides), np.where(inside, instances, 0).astype(np.uint8)


def _blur(canvas: Canvas, generator: np.random.Generator, settings: FilmSettings) -> Canvas:
    if generator.random() < settings.motion_blur:
        low, high = settings.motion_blur_px
        kernel = _line(int(generator.integers(low, high + 1)), generator.uniform(0, np.pi))
        canvas = np.asarray(cv2.filter2D(canvas, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    if generator.random() < settings.gaussian_blur:
        canvas = blur(canvas, generator.uniform(0.4, 1.8))
    return canvas


def _line(length: int, angle: float) -> Float32[np.ndarray, "size size"]:
    """The kernel of a motion of so many pixels at an angle in radians."""
    kernel = np.zeros((length + 2, length + 2), np.float32)
    center = (length + 1) / 2
    for step in np.linspace(-0.5, 0.5, 4 * length):
        x, y = (center + step * (length - 1) * part for part in (np.cos(angle), np.sin(angle)))
        left, top = int(x), int(y)
        for row, column in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
            kernel[row, column] += (1 - abs(y - row)) * (1 - abs(x - column))
    return np.asarray(kernel / kernel.sum(), np.float32)


def _low_light(canvas: Canvas, generator: np.random.Generator) -> Canvas:
    """Dark, with a color cast."""
    gamma = np.float32(generator.uniform(1.1, 1.8))
    cast = generator.uniform(0.6, 1.0, 3).astype(np.float32)
    return np.asarray(255 * np.float32(generator.uniform(0.5, 0.95)) * cast * np.clip(canvas / 255, 0, 1) ** gamma)


def _relight(canvas: Canvas, generator: np.random.Generator) -> Canvas:
    """Random brightness, contrast, saturation, and a slight cast."""
    gray = (canvas @ GRAY_WEIGHTS)[..., None]
    canvas = gray + np.float32(generator.uniform(0.6, 1.25)) * (canvas - gray)
    gain = generator.uniform(0.75, 1.2) * generator.uniform(0.93, 1.07, 3)
    contrast = generator.uniform(0.75, 1.2)
    return np.asarray((canvas - 128) * (gain * contrast).astype(np.float32) + (128 * gain).astype(np.float32))


def _rescale(canvas: Canvas, factor: float) -> Canvas:
    """Reduce and enlarge again."""
    side = canvas.shape[0]
    small = cv2.resize(canvas, (max(1, round(side / factor)),) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _add_noise(canvas: Canvas, deviation: float, generator: np.random.Generator, *, shot: bool) -> Canvas:
    """Gaussian noise, mostly of luminance; as shot noise its variance grows with the light."""
    noise = generator.standard_normal(canvas.shape, np.float32) * 0.5
    noise += generator.standard_normal((*canvas.shape[:2], 1), np.float32) * 0.85
    scale = np.sqrt(np.clip(canvas, 0, 255) / 64 + 0.2) if shot else np.float32(1)
    return np.asarray(canvas + np.float32(deviation) * scale * noise, np.float32)


def _compress(pixels: UInt8[np.ndarray, "side side 3"], quality: int) -> UInt8[np.ndarray, "side side 3"]:
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
