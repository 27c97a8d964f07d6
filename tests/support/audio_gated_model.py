"""A model whose masks depend on the loudness of the audio alone, and clips for it."""

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


class AudioGatedModel(nn.Module):
    """Where the audio is loud, the left half is a dog at 0.9, else at 0.1; with always_loud, it ignores the audio."""

    def __init__(self, always_loud=False):
        super().__init__()
        self.always_loud = always_loud
        self.seen = []

    def forward(self, pixel_values, audio_features, valid):
        self.seen.append(valid.tolist())
        clips, seconds, _, height, width = pixel_values.shape
        features = audio_features.flatten(2)
        loud = (features.amax(2) > 0.3) | self.always_loud  # silence is 0 at the most
        dog = torch.where(loud, 0.9, 0.1)[:, :, None, None].expand(clips, seconds, height // 4, width // 4).clone()
        dog[..., width // 8 :] = 0.0
        probabilities = torch.stack([1 - dog, dog, torch.zeros_like(dog)], dim=2)
        uncertainty = torch.full_like(dog, 0.25)
        return SimpleNamespace(adjusted_logits=(probabilities + 1e-9).log(), uncertainty=uncertainty)


def segmenter(**options):
    return Segmenter(AudioGatedModel(**options), RavsProcessor(CONFIG), name="known")


def clip_of(seconds, loud, first=0):
    """Frames of noise, since the groups of a flat one depend on rounding; `loud` lists the seconds that hold noise."""
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
