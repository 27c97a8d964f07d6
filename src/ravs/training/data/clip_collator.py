"""Labelled clips of any length and size to one padded batch for the model."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor
from torch.nn import functional as F

from ravs.config import RavsConfig
from ravs.config.labels import IGNORE_INDEX
from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import LabelledClip
from ravs.training.augmentation.resize import squash_labels


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
