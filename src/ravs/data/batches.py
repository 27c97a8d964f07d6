"""Composed clips to the tensors of a training step: features, pictures, masks, and what sounds from where."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ravs.config import RavsConfig
from ravs.processing import RavsProcessor
from ravs.spectrogram import front_end


class Collator:
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
        cuts = [self.cut(clip) for clip in clips]
        sounding = torch.stack([torch.from_numpy(cut["active"]) for cut in cuts])
        batch = {
            "audio_features": torch.stack(
                [self.hear(cut["waveform"], float(clip["random"])) for cut, clip in zip(cuts, clips, strict=True)]
            ),
            "sounding": sounding,
            "directions": torch.stack([normalised(cut["direction"]) for cut in cuts]),
            "valid": torch.ones(sounding.shape[:2], dtype=torch.bool),
        }
        if not self.tagging_only:
            pictures = torch.stack([torch.from_numpy(cut["frames"]).permute(0, 3, 1, 2) for cut in cuts])
            batch["pixel_values"] = self.processor.normalise(pictures.float())
            batch["masks"] = torch.stack([torch.from_numpy(cut["masks"]).long() for cut in cuts])
        if self.muted:
            del batch["sounding"], batch["directions"]
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

    def hear(self, waveform: np.ndarray, random: float) -> Tensor:
        """Channels, samples to features of each second: seconds, planes, time, bins."""
        sound = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        seconds = sound.unflatten(1, (self.seconds, -1)).transpose(0, 1)
        features = self.front_end(torch.zeros_like(seconds) if self.muted else seconds)
        return spoil(features, np.random.default_rng(int(random * 2**32))) if self.spoiled else features


def spoil(features: Tensor, generator: np.random.Generator) -> Tensor:
    """SpecAugment: one band of up to 10 bins and one span of up to 20 times of each second become silence."""
    features = features.clone()
    for second in features:
        band, span = int(generator.integers(11)), int(generator.integers(21))
        low, start = int(generator.integers(64 - band)), int(generator.integers(100 - span))
        for place in (second[..., low : low + band], second[:, start : start + span]):
            place[0], place[1] = -1.0, 0.0  # silence of this front end
    return features


def normalised(direction: np.ndarray) -> Tensor:
    """Weights by direction of each class: one in all where the class comes from somewhere, else zero."""
    weights = torch.from_numpy(direction).float()
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)
