"""Collator that turns composed clips into a training batch: features, frames, masks, tagging targets."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ravs.config import RavsConfig
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.data.library.library import SAMPLE_RATE_HZ
from ravs.inference.processor import RavsProcessor


class ComposedCollator:
    """Collates composed clips (dictionaries of arrays) to one batch, in the loader's process.

    `seconds` keeps a random run of so many seconds of each clip: neighboring seconds look alike, so more clips of
    fewer seconds show more. `muted` silences every clip, for a control without audio. `spec_augment` masks bands and
    times of our own log-mel spectrogram (SpecAugment, Park et al. 2019), in training only.
    `processor` replaces the configuration's own, for instance to run or to cache a frozen audio encoder.
    """

    def __init__(
        self,
        config: RavsConfig,
        *,
        tagging_only: bool = False,
        muted: bool = False,
        seconds: int = 5,
        spec_augment: bool,
        processor: RavsProcessor | None = None,
    ) -> None:
        self.processor = RavsProcessor(config) if processor is None else processor
        self.tagging_only = tagging_only
        self.muted = muted
        self.tagged = not muted and config.audio_encoder in TRAINABLE_AUDIO_ENCODERS
        self.seconds = seconds
        self.spec_augment = spec_augment

    def __call__(self, clips: list[dict[str, Any]]) -> dict[str, Tensor]:
        """Tensors of RavsModel.forward; without frames and masks if for tagging only.

        The targets of tagging are there for our trainable audio encoders, unless muted.
        """
        return self.stack([self.prepare(clip) for clip in clips])

    def prepare(self, clip: dict[str, Any]) -> dict[str, Tensor]:
        """Tensors of one clip; frames and masks as bytes."""
        crop = self.crop(clip)
        prepared = {"audio_features": self.extract_audio_features(crop["waveform"], float(clip["random"]))}
        if self.tagged:
            prepared["sounding"] = torch.from_numpy(crop["active"])
            prepared["directions"] = normalize_directions(crop["direction"])
        if not self.tagging_only:
            prepared |= {"frames": torch.from_numpy(crop["frames"]), "masks": torch.from_numpy(crop["masks"])}
        return prepared

    def stack(self, prepared: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """A batch of prepared clips, with normalized pixels."""
        batch = {key: torch.stack([clip[key] for clip in prepared]) for key in prepared[0]}
        batch = {key: value.float() if value.is_floating_point() else value for key, value in batch.items()}
        batch["valid"] = torch.ones(batch["audio_features"].shape[:2], dtype=torch.bool)
        if not self.tagging_only:
            batch["pixel_values"] = self.processor.image_processor.normalize_pixels(
                batch.pop("frames").movedim(-1, 2).float()
            )
            batch["masks"] = batch["masks"].long()
        return batch

    def crop(self, clip: dict[str, Any]) -> dict[str, np.ndarray]:
        """A run of `seconds` of a clip; the clip's random number determines its start."""
        total = len(clip["active"])
        start = int(clip["random"] * (total - self.seconds + 1))
        end, rate = start + self.seconds, clip["waveform"].shape[1] // total
        return {
            key: value[:, start * rate : end * rate] if key == "waveform" else value[start:end]
            for key, value in clip.items()
            if value.ndim
        }

    def extract_audio_features(self, waveform: np.ndarray, random: float) -> Tensor:
        """The processor's features of each second (seconds, planes, time, bins; or tokens) from channels, samples."""
        audible = np.zeros_like(waveform) if self.muted else waveform
        features = self.processor.extract_audio_features(audible, SAMPLE_RATE_HZ, self.seconds)
        return spec_augment(features, np.random.default_rng(int(random * 2**32))) if self.spec_augment else features


def spec_augment(features: Tensor, generator: np.random.Generator) -> Tensor:
    """SpecAugment: silence one band of up to 10 bins and one span of up to 20 times in each second.

    Features are those of our own front end, with two planes of 100 times and 64 bins.
    """
    features = features.clone()
    for second in features:
        band, span = int(generator.integers(11)), int(generator.integers(21))
        low, start = int(generator.integers(64 - band)), int(generator.integers(100 - span))
        for masked in (second[..., low : low + band], second[:, start : start + span]):
            masked[0], masked[1] = -1.0, 0.0  # silence of this front end
    return features


def normalize_directions(direction: np.ndarray) -> Tensor:
    """Weights of each class over the directions, normalized to sum 1; all zero where the class has no direction."""
    weights = torch.from_numpy(direction).float()
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-6)
