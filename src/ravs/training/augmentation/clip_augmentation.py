"""Changes to labelled clips in training: picture, mask and sound together, the same over a whole clip.

kornia's functions are given every number, so that nothing is drawn from a global generator.
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
from ravs.inference.processor import PIXEL_MEAN
from ravs.structures.clip import LabelledClip
from ravs.training.augmentation.resize import squash_images, squash_labels

MAX_TRIES = 10  # windows drawn until one keeps enough of what sounds

ClipImages = Float[Tensor, "seconds channels height width"]
Adjust = Callable[[Tensor, float], Tensor]


class CropWindow(NamedTuple):
    """What is seen of a picture: it is drawn `scale` times as large, and the window's corner put at (left, top)."""

    scale: float = 1.0
    left: int = 0
    top: int = 0


@dataclass(frozen=True, kw_only=True)
class ClipAugmentation:
    """Amounts of change; called with a clip, it gives another one, decided by (seed, epoch, index).

    Flip, jitter and `keep` as in YenanLiu/DDESeg (data_augmentation.py), scale as in cyh-0/CAVP and COMBO-AVS.
    """

    size: int = 224  # pixels: pictures are squashed to a square of this side first, and keep it
    flip: float = 0.5  # how often left and right are swapped, in picture and sound
    scale: tuple[float, float] = (0.5, 2.0)  # of the picture, uniform; what lies outside of it is not labelled
    keep: float = 0.6  # of the pixels that sound, at least so many stay in view
    brightness: float = 0.2  # factors from 1 - amount to 1 + amount
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1  # turns, to either side

    def __post_init__(self) -> None:
        """Raise InputError for amounts that make no sense."""
        for name in ("flip", "keep", "brightness", "contrast", "saturation", "hue"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}; it must be from 0 to 1")
        if not 0 < self.scale[0] <= self.scale[1]:
            raise InputError(f"scale is {self.scale}; it must be two rising factors above 0")

    def __call__(self, clip: LabelledClip, *, seed: int, epoch: int, index: int) -> LabelledClip:
        """The clip changed: of the same seconds, `size` pixels. Look-alikes are no longer told: one may be cut off."""
        generator = np.random.default_rng([seed, epoch, index])
        pictures = squash_images(clip.frames, self.size) / 255
        labels = squash_labels(clip.masks, self.size)[:, None].float()
        mirrored = bool(generator.random() < self.flip)
        pictures = self._jitter(pictures, generator)
        window = self._draw_window((labels[:, 0] > 0) & (labels[:, 0] != IGNORE_INDEX), generator)
        pictures = apply_window(pictures, window, "bilinear", torch.tensor(PIXEL_MEAN))
        labels = apply_window(labels, window, "nearest", torch.tensor([float(IGNORE_INDEX)]))
        if mirrored:
            pictures, labels = hflip(pictures), hflip(labels)
        values = {entry.name: getattr(clip, entry.name) for entry in fields(LabelledClip)}
        changed = {
            "frames": (pictures * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy(),
            "masks": labels[:, 0].byte().numpy(),
            "waveform": np.ascontiguousarray(clip.waveform[::-1]) if mirrored else clip.waveform,
            "look_alike": (),
        }
        return LabelledClip(**values | changed)

    def _jitter(self, pictures: ClipImages, generator: np.random.Generator) -> ClipImages:
        """Brightness, contrast, saturation and hue in a random order."""
        amounts: list[tuple[Adjust, float, float]] = [
            (enhance.adjust_brightness_accumulative, 1.0, self.brightness),
            (enhance.adjust_contrast_with_mean_subtraction, 1.0, self.contrast),
            (enhance.adjust_saturation_with_gray_subtraction, 1.0, self.saturation),
            (enhance.adjust_hue, 0.0, 2 * np.pi * self.hue),
        ]
        tall = pictures.transpose(0, 1).flatten(1, 2)  # one picture, so that contrast turns about the clip's own mean
        for place in generator.permutation(len(amounts)):
            adjust, neutral, amount = amounts[place]
            value = neutral + amount * float(generator.uniform(-1, 1))
            if amount:
                tall = adjust(tall, value)
        jittered: ClipImages = tall.unflatten(1, (len(pictures), -1)).transpose(0, 1)
        return jittered

    def _draw_window(self, sounds: Tensor, generator: np.random.Generator) -> CropWindow:
        """A window in which enough pixels that sound (seconds, side, side) stay; the whole picture if none is found."""
        for _ in range(MAX_TRIES):
            scale = float(generator.uniform(*self.scale))
            room = scale * self.size - self.size  # below 0 the picture is smaller, and lies inside the window
            left, top = (round(room * float(generator.random())) for _ in range(2))
            rows, columns = (_visible_range(start, scale, self.size) for start in (top, left))
            if sounds[:, rows, columns].sum() >= self.keep * sounds.sum():
                return CropWindow(scale, left, top)
        return CropWindow()


def apply_window(
    pictures: ClipImages, window: CropWindow, mode: str, outside: Float[Tensor, " channels"]
) -> ClipImages:
    """The window's view of the pictures, of their own size; `outside` where there is no picture."""
    if window == CropWindow():
        return pictures
    scale, left, top = window
    shift = scale / 2 - 0.5  # the centre of pixel 0 lies half a pixel inside
    matrix = torch.tensor([[[scale, 0.0, shift - left], [0.0, scale, shift - top]]]).expand(len(pictures), -1, -1)
    size = (pictures.shape[-2], pictures.shape[-1])
    return warp_affine(pictures, matrix, size, mode=mode, padding_mode="fill", fill_value=outside)


def _visible_range(start: int, scale: float, side: int) -> slice:
    """Of the picture's own rows or columns, those inside the window."""
    return slice(max(round(start / scale), 0), min(round((start + side) / scale), side))
