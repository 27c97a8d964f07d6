"""RavsProcessor: frames and audio of a clip to the tensors that RavsModel takes, and its outputs to masks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoProcessor, BatchFeature

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.inference.input_arrays import read_frames, read_sample_rate, read_waveform
from ravs.inference.postprocess import names_at_size
from ravs.inference.region_names import RegionNamer
from ravs.media.resample import resample
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.structures.mask_rule import MaskRule, is_sounding, label_map

PIXEL_MEAN = (0.485, 0.456, 0.406)  # of ImageNet, as everywhere in the field (conventions of AVSBench)
PIXEL_STD = (0.229, 0.224, 0.225)


class RavsProcessor:
    """Preprocessing of a clip and postprocessing of outputs; needs nothing but the model's configuration."""

    def __init__(self, config: RavsConfig) -> None:
        self.config = config
        self.front_end = front_end(config.audio_encoder)

    @property
    def sample_rate_hz(self) -> int:
        """The sample rate of the audio encoder; audio of other rates is resampled."""
        return self.front_end.sample_rate_hz

    def __call__(
        self, *, frames: ArrayLike, waveform: ArrayLike, sample_rate_hz: int, seconds: int | None = None
    ) -> BatchFeature:
        """One clip to a batch of one.

        Args:
            frames: seconds, height, width, 3; RGB, as `read_frames` takes them; the last frame of each second.
            waveform: channels, samples, as `read_waveform` takes it; as many seconds as there are frames.
            sample_rate_hz: of the waveform.
            seconds: pad to so many; padded seconds have the mean color, are silent and not valid.

        Returns:
            pixel_values 1, seconds, 3, height, width; audio_features 1, seconds, planes, time, bins; valid 1, seconds.

        Raises: InputError for wrong shapes or types, or too little audio.
        """
        frames, sample_rate_hz = read_frames(frames), read_sample_rate(sample_rate_hz)
        waveform = read_waveform(waveform, sample_rate_hz)
        check_duration(waveform, sample_rate_hz, len(frames))
        pixels = self.normalize(self.resize(torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)))
        features = self.extract_audio_features(waveform, sample_rate_hz, len(frames))
        valid = torch.ones(len(frames), dtype=torch.bool)
        missing = (seconds or len(frames)) - len(frames)
        if missing < 0:
            raise InputError(f"{len(frames)} frames do not fit into seconds={seconds}: give fewer, or a larger number")
        if missing:
            pixels = F.pad(pixels, (0, 0) * 3 + (0, missing))
            features = torch.cat([features, self.silent_features(missing)])
            valid = F.pad(valid, (0, missing))
        return BatchFeature({"pixel_values": pixels[None], "audio_features": features[None], "valid": valid[None]})

    def resize(self, images: Tensor) -> Tensor:
        """uint8 images at the model's input size: squashed to a square (paper), or with their aspect ratio (keep)."""
        return resize_images(images, self.input_size(images.shape[-2], images.shape[-1]))

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Input height and width for an image of this size; with `keep` multiples of 32 of about the square's area."""
        side = self.config.image_size
        if self.config.resize == "squash":
            return side, side
        ratio = min(max(height / width, 0.25), 4.0) ** 0.5
        return max(round(side * ratio / 32), 1) * 32, max(round(side / ratio / 32), 1) * 32

    def normalize(self, images: Tensor) -> Tensor:
        """Values from 0 to 255, normalized by ImageNet's mean and standard deviation."""
        mean = torch.tensor(PIXEL_MEAN)[:, None, None] * 255
        std = torch.tensor(PIXEL_STD)[:, None, None] * 255
        return (images - mean) / std

    def extract_audio_features(self, waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> Tensor:
        """Features of each second: seconds, planes, time, bins. Audio after the last second is dropped."""
        rate = self.sample_rate_hz
        if sample_rate_hz != rate:
            waveform = resample(waveform, sample_rate_hz, rate)
        samples = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        samples = F.pad(samples, (0, max(seconds * rate - samples.shape[1], 0)))[:, : seconds * rate]
        by_second = samples.unflatten(1, (seconds, rate)).transpose(0, 1)
        if self.config.silence_below_db is not None:
            by_second = silence_quiet_seconds(by_second, self.config.silence_below_db)
        return self.front_end(by_second)

    def silent_features(self, seconds: int) -> Tensor:
        """Features of silent seconds, with which a clip is padded."""
        return self.front_end(torch.zeros(seconds, 1, self.sample_rate_hz))

    @staticmethod
    def collate(clips: list[BatchFeature]) -> dict[str, Tensor]:
        """A batch of clips of one length and image size."""
        return {key: torch.cat([clip[key] for clip in clips]) for key in clips[0]}

    def post_process_semantic_segmentation(
        self, outputs: Any, target_sizes: list[tuple[int, int]] | None = None, threshold: float = 0.5
    ) -> list[Tensor]:
        """Class index of each pixel, 0 where nothing sounds; one tensor (seconds, height, width) per clip.

        A pixel sounds where 1 - P(background) exceeds the threshold; its class is the most probable other one, or with
        names by region that of its region, whose seconds are those of the clip. Outlines are plain whatever the
        configuration says, since a guided filter needs the images.
        """
        sizes = target_sizes or [tuple(outputs.adjusted_logits.shape[-2:])] * len(outputs.adjusted_logits)
        labels, allowed = [], tuple(range(1, self.config.num_classes))
        rule = MaskRule(names=self.config.mask_classes, allowed=allowed, threshold=threshold)
        for logits, size in zip(outputs.adjusted_logits, sizes, strict=True):
            namer = RegionNamer.of(self.config, rule)
            probabilities = logits.detach().softmax(dim=1)
            larger = F.interpolate(probabilities, size, mode="bilinear")
            if namer is None:
                labels.append(label_map(larger, threshold, axis=1))
            else:
                names = [names_at_size(second, size) for second in namer.names_of(probabilities.float())]
                labels.append(torch.stack(names) * is_sounding(larger[:, 0], threshold))
        return labels

    def save_pretrained(self, folder: str | Path) -> None:
        """Writes the configuration, which is all that a processor needs, and the file that AutoProcessor reads."""
        self.config.save_pretrained(folder)
        pointer = {"processor_class": "RavsProcessor"}
        (Path(folder) / "processor_config.json").write_text(json.dumps(pointer, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def from_pretrained(cls, name: str | Path, **kwargs: Any) -> "RavsProcessor":
        """From a model's folder or hub name."""
        for key in ("trust_remote_code", "_from_auto"):
            kwargs.pop(key, None)
        return cls(RavsConfig.from_pretrained(name, **kwargs))


def silence_quiet_seconds(waveform: Tensor, level_db: float) -> Tensor:
    """Zeros in place of seconds (seconds, channels, samples) whose root mean square is below a level of full scale.

    Ours: below the quietest audio that a model was trained on, its answer means nothing.
    """
    loud = waveform.square().mean(dim=(1, 2)) >= 10 ** (level_db / 10)
    return waveform * loud[:, None, None]


def resize_images(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images of 0 … 255 (number, 3, height, width) at another size: bilinear, with antialiasing."""
    if images.shape[-2:] == size:
        return images.float()
    return F.interpolate(images.float(), size, mode="bilinear", antialias=True).clamp(0, 255)


def check_duration(waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> None:
    """Raises InputError unless the audio (channels, samples) lasts a second for each frame."""
    audio_s = waveform.shape[1] / sample_rate_hz
    if audio_s < seconds - 1e-3:
        raise InputError(
            f"{seconds} frames need {seconds} s of sound; the waveform lasts {audio_s:.2f} s "
            f"at {sample_rate_hz} Hz: pad it with silence, or drop the last frames"
        )


AutoProcessor.register(RavsConfig, RavsProcessor)
