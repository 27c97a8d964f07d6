"""Composed clips to the tensors of a training step: features, pictures, masks, and what sounds from where."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.modeling.encoders.audio.front_ends import front_end


class ComposedCollator:
    """A list of composed clips (dictionaries of arrays) to one batch; in the loader's process.

    `seconds` keeps a random run of so many seconds of each clip: neighbouring seconds look alike, so that more clips
    of fewer seconds show more. `muted` silences every clip: what sight alone gets. `spoiled` masks bands and times of
    the log-mel (SpecAugment, Park et al. 2019), in training only.
    """

    def __init__(
        self, config: RavsConfig, *, tagging_only: bool = False, muted: bool = False, seconds: int = 5, spoiled: bool
    ) -> None:
        self.processor = RavsProcessor(config)
        self.front_end = front_end(config.audio_encoder)
        self.tagging_only = tagging_only
        self.muted = muted
        self.seconds = seconds
        self.spoiled = spoiled

    def __call__(self, clips: list[dict[str, Any]]) -> dict[str, Tensor]:
        """Tensors of RavsModel.forward; without pictures and masks for tagging alone."""
        return self.join([self.take(clip) for clip in clips])

    def take(self, clip: dict[str, Any]) -> dict[str, Tensor]:
        """What the model is shown of one clip; pictures and masks as bytes."""
        cut = self.cut(clip)
        taken = {"audio_features": self.extract_audio_features(cut["waveform"], float(clip["random"]))}
        if not self.muted:
            taken |= {"sounding": torch.from_numpy(cut["active"]), "directions": normalize_directions(cut["direction"])}
        if not self.tagging_only:
            taken |= {"frames": torch.from_numpy(cut["frames"]), "masks": torch.from_numpy(cut["masks"])}
        return taken

    def join(self, taken: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """A batch of what was taken of some clips."""
        batch = {key: torch.stack([one[key] for one in taken]) for key in taken[0]}
        batch = {key: value.float() if value.is_floating_point() else value for key, value in batch.items()}
        batch["valid"] = torch.ones(batch["audio_features"].shape[:2], dtype=torch.bool)
        if not self.tagging_only:
            batch["pixel_values"] = self.processor.normalize(batch.pop("frames").movedim(-1, 2).float())
            batch["masks"] = batch["masks"].long()
        return batch

    def cut(self, clip: dict[str, Any]) -> dict[str, np.ndarray]:
        """A run of `seconds` of a clip; where it starts follows from the clip's own random number."""
        total = len(clip["active"])
        start = int(clip["random"] * (total - self.seconds + 1))
        end, rate = start + self.seconds, clip["waveform"].shape[1] // total
        return {
            key: value[:, start * rate : end * rate] if key == "waveform" else value[start:end]
            for key, value in clip.items()
            if value.ndim
        }

    def extract_audio_features(self, waveform: np.ndarray, random: float) -> Tensor:
        """Channels, samples to features of each second: seconds, planes, time, bins."""
        sound = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        seconds = sound.unflatten(1, (self.seconds, -1)).transpose(0, 1)
        features = self.front_end(torch.zeros_like(seconds) if self.muted else seconds)
        return spec_augment(features, np.random.default_rng(int(random * 2**32))) if self.spoiled else features


def spec_augment(features: Tensor, generator: np.random.Generator) -> Tensor:
    """SpecAugment: one band of up to 10 bins and one span of up to 20 times of each second become silence."""
    features = features.clone()
    for second in features:
        band, span = int(generator.integers(11)), int(generator.integers(21))
        low, start = int(generator.integers(64 - band)), int(generator.integers(100 - span))
        for place in (second[..., low : low + band], second[:, start : start + span]):
            place[0], place[1] = -1.0, 0.0  # silence of this front end
    return features


def normalize_directions(direction: np.ndarray) -> Tensor:
    """Weights by direction of each class: one in all where the class comes from somewhere, else zero."""
    weights = torch.from_numpy(direction).float()
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)
