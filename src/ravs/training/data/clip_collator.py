"""Labelled clips of any length and size to one padded batch for the model."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from ravs.config import RavsConfig
from ravs.config.labels import IGNORE_INDEX
from ravs.inference.processor import RavsProcessor, resize_images
from ravs.structures.clip import LabelledClip


class ClipCollator:
    """Called with labelled clips, it gives the tensors of RavsModel.forward; in the loader's process.

    Clips last as long as the longest one: padded seconds are of the mean colour, silent, not valid and labelled 255.
    Seconds that are only not labelled are valid, and labelled 255 as the clip has them. Pictures are squashed to the
    model's square also where it keeps their proportions otherwise: a batch has one size.
    """

    def __init__(self, config: RavsConfig, processor: RavsProcessor | None = None) -> None:
        """With another processor (it is changed to squash) sound may become something else than features."""
        self.processor = RavsProcessor(config) if processor is None else processor
        self.processor.config = deepcopy(config)
        self.processor.config.resize = "squash"

    def __call__(self, clips: Sequence[LabelledClip]) -> dict[str, Tensor]:
        """One batch: pixel_values, audio_features, valid, and masks (clips, seconds, side, side)."""
        longest = max(map(len, clips))
        inputs = [
            self.processor(
                frames=clip.frames, waveform=clip.waveform, sample_rate_hz=clip.sample_rate_hz, seconds=longest
            )
            for clip in clips
        ]
        side = self.processor.config.image_size
        labels = [squash_labels(clip.masks, side).long() for clip in clips]
        padded = [F.pad(label, (0, 0) * 2 + (0, longest - len(label)), value=IGNORE_INDEX) for label in labels]
        return self.processor.collate(inputs) | {"masks": torch.stack(padded)}


def squash_images(frames: UInt8[np.ndarray, "seconds h w 3"], side: int) -> Float[Tensor, "seconds 3 {side} {side}"]:
    """RGB pictures as a square of this side, 0 … 255, as the processor squashes them."""
    return resize_images(torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2), (side, side))


def squash_labels(masks: UInt8[np.ndarray, "seconds h w"], side: int) -> UInt8[Tensor, "seconds {side} {side}"]:
    """Class indices as a square of this side, each pixel that of the nearest: no class appears that was not there."""
    labels = torch.from_numpy(np.ascontiguousarray(masks))
    return F.interpolate(labels[:, None], (side, side), mode="nearest-exact")[:, 0]
