"""A processor that runs a frozen audio encoder itself, so that a training step need not."""

from copy import deepcopy

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.modeling.encoders.audio.frozen import FrozenEncoder

Tokens = Float[Tensor, "seconds audio channels"]


class EncodingProcessor(RavsProcessor):
    """A processor that returns the tokens of a frozen audio encoder in place of audio features.

    It has a copy of the encoder on the CPU, for the loader's workers.
    """

    def __init__(self, config: RavsConfig, encoder: FrozenEncoder) -> None:
        super().__init__(config)
        self.encoder = deepcopy(encoder).cpu()
        self._silence: Tokens | None = None

    def extract_audio_features(self, waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> Tokens:
        """Tokens of each second: seconds, audio, channels."""
        return self.encode(super().extract_audio_features(waveform, sample_rate_hz, seconds))

    def silent_features(self, seconds: int) -> Tokens:
        """Tokens of silent seconds: the encoder's output for silence, not zeros."""
        if self._silence is None:
            rate = self.sample_rate_hz
            self._silence = self.extract_audio_features(np.zeros((1, rate), np.float32), rate, 1)
        return self._silence.repeat(seconds, 1, 1)

    @torch.no_grad()
    def encode(self, features: Float[Tensor, "seconds planes time bins"]) -> Tokens:
        """The encoder's tokens of audio features."""
        tokens: Tensor = self.encoder(features)
        return tokens
