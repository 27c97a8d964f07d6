"""RavsFeatureExtractor: the audio of a clip to the features that an audio encoder takes."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional as F
from transformers import BatchFeature
from transformers.feature_extraction_utils import FeatureExtractionMixin

from ravs.config import RavsConfig
from ravs.config.validation import check_number
from ravs.errors import InputError
from ravs.inference.input_arrays import read_sample_rate, read_waveform
from ravs.inference.processor_parts import as_tensor_type, check_saved_keys
from ravs.media.resample import resample
from ravs.modeling.encoders.audio.front_ends import FrontEnd, front_end


class RavsFeatureExtractor(FeatureExtractionMixin):
    """The audio part of a RavsProcessor: resamples audio, cuts it into seconds, and gives log-mel features of each.

    Args:
        audio_encoder: of the model; it says which features, at which sampling rate.
        silence_below_db: seconds whose root mean square is below this level of full scale become silence; None: none.

    Raises: InputError for other values or keys.
    """

    model_input_names = ["audio_features"]  # noqa: RUF012 - as transformers declares it

    def __init__(self, audio_encoder: str = "logmel-cnn", silence_below_db: float | None = None, **kwargs: Any) -> None:
        check_saved_keys(type(self), kwargs, "feature_extractor_type")
        front_end(audio_encoder)  # raises for an unknown one
        if silence_below_db is not None:
            check_number("silence_below_db", silence_below_db, -120.0, 0.0)
        super().__init__()
        self.audio_encoder = audio_encoder
        self.silence_below_db = silence_below_db

    @classmethod
    def of(cls, config: RavsConfig) -> "RavsFeatureExtractor":
        """The one that a model's configuration describes."""
        return cls(audio_encoder=config.audio_encoder, silence_below_db=config.silence_below_db)

    @property
    def front_end(self) -> FrontEnd:
        """The front end of the audio encoder."""
        return front_end(self.audio_encoder)

    @property
    def sampling_rate(self) -> int:
        """The sampling rate of the audio encoder in Hz; audio of other rates is resampled."""
        return self.front_end.sample_rate_hz

    @property
    def feature_size(self) -> int:
        """Frequency bins of the features."""
        return self.front_end.bins

    def __call__(self, audio: ArrayLike, sampling_rate: int | None = None, return_tensors: str = "pt") -> BatchFeature:
        """The audio of one clip, as `RavsProcessor` takes it, to `audio_features` (seconds, planes, time, bins).

        A second that has begun is completed with silence.
        """
        waveform, rate = read_audio(audio, sampling_rate)
        features = self.features(waveform, rate, math.ceil(waveform.shape[1] / rate))
        return as_tensor_type({"audio_features": features}, return_tensors)

    def features(self, waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> Tensor:
        """Features of each second: seconds, planes, time, bins. Audio after the last second is dropped."""
        rate = self.sampling_rate
        if sample_rate_hz != rate:
            waveform = resample(waveform, sample_rate_hz, rate)
        samples = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        samples = F.pad(samples, (0, max(seconds * rate - samples.shape[1], 0)))[:, : seconds * rate]
        by_second = samples.unflatten(1, (seconds, rate)).transpose(0, 1)
        if self.silence_below_db is not None:
            by_second = silence_quiet_seconds(by_second, self.silence_below_db)
        return self.front_end(by_second)

    def silence(self, seconds: int) -> Tensor:
        """Features of silent seconds, with which a clip is padded."""
        return self.front_end(torch.zeros(seconds, 1, self.sampling_rate))


def read_audio(audio: ArrayLike, sampling_rate: int | None) -> tuple[np.ndarray, int]:
    """One clip's audio as float32 (channels, samples), and its sampling rate. Raises: InputError."""
    if sampling_rate is None:
        raise InputError("sampling_rate is missing: give that of the audio in Hz, such as sampling_rate=48000")
    rate = read_sample_rate(sampling_rate, "sampling_rate")
    return read_waveform(audio, rate), rate


def silence_quiet_seconds(waveform: Tensor, level_db: float) -> Tensor:
    """Zeros in place of seconds (seconds, channels, samples) whose root mean square is below a level of full scale.

    Ours: below the quietest audio that a model was trained on, its answer means nothing.
    """
    loud = waveform.square().mean(dim=(1, 2)) >= 10 ** (level_db / 10)
    return waveform * loud[:, None, None]
