"""A model that knows when there is sound and nothing else, and clips for it."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.inference.segmenter import Segmenter
from ravs.structures.clip import Clip

RATE_HZ = 32000
CONFIG = RavsConfig.preset("ravs-debug")  # dog and car; clips of 2 s; 64 px


class Listening(nn.Module):
    """Knows one thing: where there is sound, the left half is a dog at 0.9, else at 0.1. The deaf one always."""

    def __init__(self, deaf=False):
        super().__init__()
        self.deaf = deaf
        self.seen = []

    def forward(self, pixel_values, audio_features, valid):
        self.seen.append(valid.tolist())
        clips, seconds, _, height, width = pixel_values.shape
        features = audio_features.flatten(2)
        loud = (features.amax(2) > 0.3) | self.deaf  # silence is 0 at the most
        dog = torch.where(loud, 0.9, 0.1)[:, :, None, None].expand(clips, seconds, height // 4, width // 4).clone()
        dog[..., width // 8 :] = 0.0
        probabilities = torch.stack([1 - dog, dog, torch.zeros_like(dog)], dim=2)
        uncertainty = torch.full_like(dog, 0.25)
        return SimpleNamespace(adjusted_logits=(probabilities + 1e-9).log(), uncertainty=uncertainty)


def segmenter(**options):
    return Segmenter(Listening(**options), RavsProcessor(CONFIG), name="known")


def clip_of(seconds, loud, first=0):
    """Pictures of noise, since the groups of a flat one hang on rounding; `loud` says which seconds hold noise."""
    generator = np.random.default_rng(1)
    noise = generator.normal(size=(2, RATE_HZ)).astype(np.float32) * 0.1
    waveform = np.concatenate([noise if second in loud else noise * 0 for second in range(seconds)], axis=1)
    return Clip(
        frames=generator.integers(0, 256, (seconds, 48, 64, 3), dtype=np.uint8),
        waveform=waveform,
        times_s=np.arange(seconds) + first + 0.9,
        sample_rate_hz=RATE_HZ,
        ends_s=tuple(float(first + second + 1) for second in range(seconds)),
    )
