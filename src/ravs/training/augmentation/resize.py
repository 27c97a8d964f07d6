"""Resize images and label maps to a square, without keeping the aspect ratio."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from ravs.inference.image_processor import resize_images


def squash_images(frames: UInt8[np.ndarray, "seconds h w 3"], side: int) -> Float[Tensor, "seconds 3 {side} {side}"]:
    """RGB images as squares of this side, 0 … 255, resized as by the processor."""
    return resize_images(torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2), (side, side))


def squash_labels(masks: UInt8[np.ndarray, "seconds h w"], side: int) -> UInt8[Tensor, "seconds {side} {side}"]:
    """Class indices as squares of this side, by nearest neighbor, so that no new class appears."""
    labels = torch.from_numpy(np.ascontiguousarray(masks))
    return F.interpolate(labels[:, None], (side, side), mode="nearest-exact")[:, 0]
