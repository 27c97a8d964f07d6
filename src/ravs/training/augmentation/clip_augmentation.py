"""Augmentation of labelled clips in training: image, mask and audio together, the same over a whole clip.

All random numbers are drawn here and passed to kornia, so that nothing depends on a global generator.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from kornia import enhance
from kornia.geometry.transform import hflip, warp_affine
from torch import Tensor

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import InputError
from ravs.inference.image_processor import PIXEL_MEAN
from ravs.structures.clip import LabelledClip
from ravs.training.augmentation.resize import squash_images, squash_labels

MAX_TRIES = 10  # windows drawn until one keeps enough of the sounding pixels

ClipImages = Float[Tensor, "seconds channels height width"]
Adjust = Callable[[Tensor, float], Tensor]


class CropWindow(NamedTuple):
    """Part of an image: the image is scaled by `scale`, and the window's corner put at (left, top)."""

    scale: float = 1.0
    left: int = 0
    top: int = 0


@dataclass(frozen=True, kw_only=True)
class ClipAugmentation:
    """Random augmentation of a clip, determined by (seed, epoch, index).

    Flip, jitter and `keep` as in YenanLiu/DDESeg (data_augmentation.py), scale as in cyh-0/CAVP and COMBO-AVS.
    """

    size: int = 224  # pixels: images are first squashed to a square of this side, and keep this size
    flip: float = 0.5  # probability of swapping left and right, in image and audio
    scale: tuple[float, float] = (0.5, 2.0)  # of the image, uniform; pixels outside it are not labelled
    keep: float = 0.6  # share of the sounding pixels that stays in view at least
    brightness: float = 0.2  # factors from 1 - amount to 1 + amount
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1  # turns, to either side

    def __post_init__(self) -> None:
        """Raises: InputError for amounts out of range."""
        for name in ("flip", "keep", "brightness", "contrast", "saturation", "hue"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}; it must be from 0 to 1")
        if not 0 < self.scale[0] <= self.scale[1]:
            raise InputError(f"scale is {self.scale}; it must be two rising factors above 0")

    def __call__(self, clip: LabelledClip, *, seed: int, epoch: int, index: int) -> LabelledClip:
        """The augmented clip: the same seconds, `size` pixels, no `look_alike`, since a look-alike may be cut off."""
        generator = np.random.default_rng([seed, epoch, index])
        images = squash_images(clip.frames, self.size) / 255
        labels = squash_labels(clip.masks, self.size)[:, None].float()
        flipped = bool(generator.random() < self.flip)
        images = self._jitter(images, generator)
        window = self._draw_window((labels[:, 0] > 0) & (labels[:, 0] != IGNORE_INDEX), generator)
        images = apply_window(images, window, "bilinear", torch.tensor(PIXEL_MEAN))
        labels = apply_window(labels, window, "nearest", torch.tensor([float(IGNORE_INDEX)]))
        if flipped:
            images, labels = hflip(images), hflip(labels)
        values = {entry.name: getattr(clip, entry.name) for entry in fields(LabelledClip)}
        changed = {
            "frames": (images * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy(),
            "masks": labels[:, 0].byte().numpy(),
            "waveform": np.ascontiguousarray(clip.waveform[::-1]) if flipped else clip.waveform,
            "look_alike": (),
        }
        return LabelledClip(**values | changed)

    def _jitter(self, images: ClipImages, generator: np.random.Generator) -> ClipImages:
        """Brightness, contrast, saturation and hue in a random order."""
        amounts: list[tuple[Adjust, float, float]] = [
            (enhance.adjust_brightness_accumulative, 1.0, self.brightness),
            (enhance.adjust_contrast_with_mean_subtraction, 1.0, self.contrast),
            (enhance.adjust_saturation_with_gray_subtraction, 1.0, self.saturation),
            (enhance.adjust_hue, 0.0, 2 * np.pi * self.hue),
        ]
        tall = images.transpose(0, 1).flatten(1, 2)  # one tall image, so that contrast turns about the clip's own mean
        for index in generator.permutation(len(amounts)):
            adjust, neutral, amount = amounts[index]
            value = neutral + amount * float(generator.uniform(-1, 1))
            if amount:
                tall = adjust(tall, value)
        jittered: ClipImages = tall.unflatten(1, (len(images), -1)).transpose(0, 1)
        return jittered

    def _draw_window(self, sounding: Tensor, generator: np.random.Generator) -> CropWindow:
        """A window that keeps enough of the sounding pixels (seconds, side, side); the whole image if none is found."""
        for _ in range(MAX_TRIES):
            scale = float(generator.uniform(*self.scale))
            margin = scale * self.size - self.size  # below 0 the image is smaller, and lies inside the window
            left, top = (round(margin * float(generator.random())) for _ in range(2))
            rows, columns = (_visible_range(start, scale, self.size) for start in (top, left))
            if sounding[:, rows, columns].sum() >= self.keep * sounding.sum():
                return CropWindow(scale, left, top)
        return CropWindow()


def apply_window(images: ClipImages, window: CropWindow, mode: str, outside: Float[Tensor, " channels"]) -> ClipImages:
    """What the window shows, at the size of the images; `outside` is the value where there is no image."""
    if window == CropWindow():
        return images
    scale, left, top = window
    shift = scale / 2 - 0.5  # the center of pixel 0 lies half a pixel inside
    matrix = torch.tensor([[[scale, 0.0, shift - left], [0.0, scale, shift - top]]]).expand(len(images), -1, -1)
    size = (images.shape[-2], images.shape[-1])
    return warp_affine(images, matrix, size, mode=mode, padding_mode="fill", fill_value=outside)


def _visible_range(start: int, scale: float, side: int) -> slice:
    """The image's rows or columns that lie inside the window."""
    return slice(max(round(start / scale), 0), min(round((start + side) / scale), side))
