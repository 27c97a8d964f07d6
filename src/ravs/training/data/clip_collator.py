"""Collator that pads labelled clips of any length and size to one batch."""

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
    """Collates labelled clips to the tensors of RavsModel.forward, in the loader's process.

    Clips are padded to the longest one: padded seconds have the mean color, silence and label 255, and are not valid.
    Seconds without labels are valid, and labelled 255 as in the clip. Images are squashed to the model's square even
    if the model keeps their aspect ratio otherwise, since a batch has one size.
    """

    def __init__(self, config: RavsConfig, processor: RavsProcessor | None = None) -> None:
        """`processor` replaces the configuration's own, for instance to cache features; it is set to squash images."""
        self.processor = RavsProcessor(config) if processor is None else processor
        self.processor.config = deepcopy(config)
        self.processor.config.resize = self.processor.image_processor.resize = "squash"

    def __call__(self, clips: Sequence[LabelledClip]) -> dict[str, Tensor]:
        """One batch: pixel_values, audio_features, valid, and masks (clips, seconds, side, side)."""
        longest = max(map(len, clips))
        inputs = [
            self.processor(images=clip.frames, audio=clip.waveform, sampling_rate=clip.sample_rate_hz, seconds=longest)
            for clip in clips
        ]
        side = self.processor.config.image_size
        labels = [squash_labels(clip.masks, side).long() for clip in clips]
        padded = [F.pad(label, (0, 0) * 2 + (0, longest - len(label)), value=IGNORE_INDEX) for label in labels]
        batch = {name: torch.cat([one[name] for one in inputs]) for name in inputs[0]}
        return batch | {"masks": torch.stack(padded)}
