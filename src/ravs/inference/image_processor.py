"""RavsImageProcessor: frames to the pixels that a visual encoder takes."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional as F
from transformers import BatchFeature
from transformers.image_processing_utils import BaseImageProcessor
from transformers.processing_utils import ImagesKwargs

from ravs.config import RavsConfig
from ravs.config.validation import CHOICES, check_choice, check_count, check_number
from ravs.errors import InputError
from ravs.inference.input_arrays import read_frames
from ravs.inference.processor_parts import as_tensor_type, check_saved_keys

PIXEL_MEAN = (0.485, 0.456, 0.406)  # of ImageNet, as everywhere in the field (conventions of AVSBench)
PIXEL_STD = (0.229, 0.224, 0.225)


class RavsImageKwargs(ImagesKwargs, total=False):
    """Keys that `from_pretrained` takes in place of saved ones."""

    image_size: int
    resize: str


class RavsImageProcessor(BaseImageProcessor):
    """The image part of a RavsProcessor: resizes frames and normalizes their values.

    Args:
        image_size: side of the square, in pixels, that an image is squashed to, or whose area it has with `keep`.
        resize: "squash" (paper), or "keep": about the square's area with the aspect ratio kept, multiples of 32.
        image_mean, image_std: of values in [0, 1], by channel; ImageNet's.

    Raises: InputError for other values or keys.
    """

    model_input_names = ["pixel_values"]  # noqa: RUF012 - as transformers declares it
    valid_kwargs = RavsImageKwargs

    def __init__(
        self,
        image_size: int = 224,
        resize: str = "squash",
        image_mean: Sequence[float] = PIXEL_MEAN,
        image_std: Sequence[float] = PIXEL_STD,
        **kwargs: Any,
    ) -> None:
        check_saved_keys(type(self), kwargs, "image_processor_type")
        check_count("image_size", image_size)
        check_choice("resize", resize, CHOICES["resize"])
        super().__init__()
        self.image_size = image_size
        self.resize = resize
        self.image_mean = channel_values("image_mean", image_mean, -inf)
        self.image_std = channel_values("image_std", image_std, 1e-6)

    @classmethod
    def of(cls, config: RavsConfig) -> "RavsImageProcessor":
        """The one that a model's configuration describes."""
        return cls(image_size=config.image_size, resize=config.resize)

    def __call__(self, images: ArrayLike, return_tensors: str = "pt") -> BatchFeature:  # type: ignore[override]
        """Frames of one clip, as `RavsProcessor` takes them, to `pixel_values` (seconds, 3, height, width)."""
        return as_tensor_type({"pixel_values": self.pixels(read_frames(images))}, return_tensors)

    preprocess = __call__  # transformers' other name of it

    def pixels(self, frames: np.ndarray) -> Tensor:
        """Resized, normalized pixels (seconds, 3, height, width) of uint8 frames (seconds, height, width, 3)."""
        images = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
        return self.normalize_pixels(resize_images(images, self.input_size(images.shape[-2], images.shape[-1])))

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Input height and width for an image of this size; with `keep` multiples of 32 of about the square's area."""
        side = self.image_size
        if self.resize == "squash":
            return side, side
        ratio = min(max(height / width, 0.25), 4.0) ** 0.5
        return max(round(side * ratio / 32), 1) * 32, max(round(side / ratio / 32), 1) * 32

    def normalize_pixels(self, images: Tensor) -> Tensor:
        """Values from 0 to 255 (…, 3, height, width) minus the mean, divided by the standard deviation."""
        mean = torch.tensor(self.image_mean)[:, None, None] * 255
        std = torch.tensor(self.image_std)[:, None, None] * 255
        return (images - mean) / std


def channel_values(key: str, values: Any, least: float) -> list[float]:
    """Three numbers, one for each channel, as a list. Raises: InputError."""
    numbers = np.asarray(values).tolist() if isinstance(values, list | tuple | np.ndarray) else []
    if len(numbers) != 3:
        raise InputError(f"{key} is {values!r}; it must be three numbers, for red, green and blue")
    for number in numbers:
        check_number(key, number, least, inf)
    return numbers


def resize_images(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images of 0 … 255 (number, 3, height, width) at another size: bilinear, with antialiasing."""
    if images.shape[-2:] == size:
        return images.float()
    # one by one: a larger batch leaves the processor's cache
    resized = [
        F.interpolate(one.float(), size, mode="bilinear", antialias=True).clamp_(0, 255) for one in images.split(1)
    ]
    return torch.cat(resized)
