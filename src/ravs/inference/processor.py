"""RavsProcessor: frames and audio of clips to the tensors that a model takes, and its outputs to masks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from transformers import BatchFeature
from transformers.processing_utils import ProcessorMixin

from ravs.config import RavsConfig
from ravs.config.presets import shipped_folder
from ravs.config.validation import check_number
from ravs.errors import InputError, suggest
from ravs.inference.clip_batch import check_duration, check_padding, list_of_clips, pad_clip, stack_clips
from ravs.inference.clip_masks import clip_masks
from ravs.inference.feature_extractor import RavsFeatureExtractor, read_audio
from ravs.inference.image_processor import RavsImageProcessor
from ravs.inference.input_arrays import read_frames
from ravs.inference.processor_files import (
    HUB_KEYS,
    MODEL_CONFIG,
    PARTS,
    build_parts,
    check_parts,
    check_same,
    saved_parts,
)
from ravs.inference.processor_parts import as_tensor_type, read_sizes
from ravs.modeling.hub import push_folder

INPUTS = ("images", "audio", "sampling_rate", "return_tensors", "videos", "seconds", "padding")  # of a call


class RavsProcessor(ProcessorMixin):
    """Prepares clips for a model, and turns its outputs into masks.

    A clip is a few seconds of video: one frame for each second, its last, and the audio of all of them::

        from ravs import RavsModel, RavsProcessor

        processor = RavsProcessor.from_pretrained("ravs-tiny")
        model = RavsModel.from_pretrained("ravs-tiny")
        # frames: uint8, seconds × height × width × 3; audio: float in [-1, 1], channels × samples
        inputs = processor(images=frames, audio=audio, sampling_rate=48000, return_tensors="pt")
        outputs = model(**inputs)
        (masks,) = processor.post_process_semantic_segmentation(outputs, target_sizes=[(720, 1280)])
        model.config.id2label[int(masks[0].max())]  # masks: seconds × 720 × 1280; 0 is background

    `processor.image_processor` and `processor.feature_extractor` are its two parts. Audio of any rate is resampled to
    `processor.feature_extractor.sampling_rate`.

    Args:
        config: of the model; the processor's parts follow from it.
        image_processor, feature_extractor: parts in their place, which agree with the configuration.

    Raises: InputError for parts that do not agree with the configuration.
    """

    def __init__(
        self,
        config: RavsConfig,
        image_processor: RavsImageProcessor | None = None,
        feature_extractor: RavsFeatureExtractor | None = None,
    ) -> None:
        self.config = config
        images, audio = (
            image_processor or RavsImageProcessor.of(config),
            feature_extractor or RavsFeatureExtractor.of(config),
        )
        super().__init__(image_processor=images, feature_extractor=audio)
        check_parts(self)

    def __call__(
        self,
        images: Any = None,
        audio: Any = None,
        sampling_rate: int | None = None,
        return_tensors: str | None = "pt",
        *,
        videos: Any = None,
        seconds: int | None = None,
        padding: bool | str = True,
        **unknown: Any,
    ) -> BatchFeature:
        """Prepare one clip, or a list of clips.

        Args:
            images: RGB frames of one clip, one for each second, its last: an array or tensor of (seconds, height,
                width, 3) or (seconds, 3, height, width), or a list of images, Pillow's too; uint8, or floats in [0, 1].
                A list of these, or an array with one more dimension, is a list of clips.
            audio: of the same clip: (channels, samples), (samples, channels) or (samples); floats in [-1, 1], or
                integers; mono or stereo; a second for each frame. For a list of clips, a list of as many.
            sampling_rate: of all audio, in Hz.
            return_tensors: "pt" for PyTorch, "np" or None for NumPy.
            videos: another name for `images`: give one of the two.
            seconds: pad clips to so many; None: to the longest. Padded seconds have the mean color, are silent and not
                valid.
            padding: True or "longest", or "max_length" with `seconds`; False refuses clips of different lengths.

        Returns:
            pixel_values: clips, seconds, 3, height, width.
            audio_features: clips, seconds, planes, time, bins.
            valid: clips, seconds; False for padding.

        Raises: InputError for wrong shapes or types, too little audio, clips of different sizes, or another keyword.
        """
        for name in unknown:
            hint = suggest(name, INPUTS, f"it takes {', '.join(INPUTS)}")
            raise InputError(f"a RavsProcessor takes no {name!r}; {hint}")
        clips, sounds = list_of_clips(images, videos, audio)
        frames = [read_frames(clip) for clip in clips]
        check_padding(padding, seconds, [*map(len, frames)])
        waves = [read_audio(sound, sampling_rate) for sound in sounds]
        longest = max(map(len, frames)) if seconds is None else seconds
        prepared = [self.prepare(*pair, longest) for pair in zip(frames, waves, strict=True)]
        return as_tensor_type(stack_clips(prepared), return_tensors)

    def prepare(self, frames: np.ndarray, audio: tuple[np.ndarray, int], seconds: int) -> dict[str, Tensor]:
        """One clip, padded to so many seconds: pixel_values, audio_features and valid, without the axis of clips."""
        waveform, rate = audio
        check_duration(waveform, rate, len(frames))
        features = self.extract_audio_features(waveform, rate, len(frames))
        return pad_clip(self.image_processor.pixels(frames), features, seconds, self.silent_features)

    def extract_audio_features(self, waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> Tensor:
        """Features of each second of audio (channels, samples): seconds, planes, time, bins."""
        features: Tensor = self.feature_extractor.features(waveform, sample_rate_hz, seconds)
        return features

    def silent_features(self, seconds: int) -> Tensor:
        """Features of silent seconds, with which a clip is padded."""
        features: Tensor = self.feature_extractor.silence(seconds)
        return features

    @property
    def sample_rate_hz(self) -> int:
        """The sampling rate of the audio encoder; audio of other rates is resampled."""
        return int(self.feature_extractor.sampling_rate)

    @property
    def model_input_names(self) -> list[str]:
        """The names of a model's inputs that a call gives."""
        return ["pixel_values", "audio_features", "valid"]

    def post_process_semantic_segmentation(
        self, outputs: Any, target_sizes: Sequence[tuple[int, int]] | Tensor | None = None, threshold: float = 0.5
    ) -> list[Tensor]:
        """Class index of each pixel, 0 where nothing sounds: one tensor (seconds, height, width) for each clip.

        Args:
            outputs: of the model.
            target_sizes: height and width for each clip; None: the size of the logits.
            threshold: a pixel sounds where 1 - P(background) exceeds it. Its class is the most probable other one, or
                with names by region that of its region, whose seconds are those of the clip.

        Indices are those of `config.id2label`; with names by region also `config.unnamed`. Padded seconds have masks,
        too. Outlines are plain whatever the configuration says, since a guided filter needs the images.
        Raises: InputError unless there is one size for each clip, and a threshold from 0 to 1.
        """
        check_number("threshold", threshold, 0.0, 1.0)
        clips = outputs.adjusted_logits
        sizes = [tuple(clips.shape[-2:])] * len(clips) if target_sizes is None else read_sizes(target_sizes, len(clips))
        return [clip_masks(logits, size, self.config, threshold) for logits, size in zip(clips, sizes, strict=True)]

    @classmethod
    def get_attributes(cls) -> list[str]:
        """The names of the parts."""
        return list(PARTS)

    def to_dict(self) -> dict[str, Any]:
        """The two parts, as processor_config.json has them; the configuration has a file of its own."""
        values: dict[str, Any] = super().to_dict()
        return {key: value for key, value in values.items() if key in (*PARTS, "processor_class")}

    def save_pretrained(self, save_directory: str | Path, push_to_hub: bool = False, **kwargs: Any) -> list[str]:
        """Write processor_config.json with the parts, and config.json unless the model has. Returns the former's path.

        With `push_to_hub` also upload them: `repo_id` and so on, as of `push_to_hub`.
        Raises: InputError where the config.json that is there differs.
        """
        check_parts(self)
        if (Path(save_directory) / MODEL_CONFIG).is_file():
            check_same(self.config, save_directory)
        else:
            self.config.save_pretrained(save_directory)
        files: list[str] = super().save_pretrained(save_directory)
        if push_to_hub:
            self.push_to_hub(kwargs.pop("repo_id", Path(save_directory).name), **kwargs)
        return files

    def push_to_hub(self, repo_id: str, **kwargs: Any) -> str:
        """Upload the processor's files to a repository of the hub; `kwargs`: as of a model's `push_to_hub`."""
        return push_folder(self.save_pretrained, repo_id, keep=(MODEL_CONFIG,), **kwargs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **kwargs: Any) -> "RavsProcessor":  # type: ignore[override]
        """From 'ravs-tiny', 'ravs-film', a model's folder, or a hub's `owner/name`.

        Keywords are keys of the configuration (`image_size=256`), which change the parts as well, and transformers' own
        (`revision`, `token`, `cache_dir`, …). A folder without processor_config.json, as a training run's, gives the
        parts that its configuration describes. Raises: InputError for an unknown key, or for a processor_config.json
        that lacks a part or does not agree with config.json.
        """
        for key in ("trust_remote_code", "_from_auto", "_from_pipeline", "config", "dtype", "torch_dtype"):
            kwargs.pop(key, None)
        name = shipped_folder(pretrained_model_name_or_path)
        config = RavsConfig.from_pretrained(name, **kwargs)
        saved = saved_parts(cls, name, **{key: kwargs[key] for key in HUB_KEYS if key in kwargs})
        return cls(config, **build_parts(saved, config, kwargs)) if saved else cls(config)
