"""Segmenter: applies a model and its processor to a source of any length, one window of seconds at a time."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
import torch
from torch import nn

from ravs.checkpoints.find_model import check_requested_classes, find_model
from ravs.config.inference import InferenceSettings
from ravs.config.presets import DEFAULT_MODEL
from ravs.errors import InputError
from ravs.files import content_hash
from ravs.inference.array_clips import ArraySource
from ravs.inference.device import pick_device, pick_dtype
from ravs.inference.input_arrays import check_array_choices, check_no_arrays
from ravs.inference.output_recorder import ProgressCallback, record_output
from ravs.inference.predict import device_of, predict_windows
from ravs.inference.processor import RavsProcessor
from ravs.inference.render_output import RenderRules, compare_with_silence, render, render_masks
from ravs.inference.result import Prediction
from ravs.inference.source_file import Source, check_source, source_file
from ravs.inference.source_info import describe_source
from ravs.media import read_clips
from ravs.modeling.registry import model_class
from ravs.structures.clip import Clip
from ravs.structures.model_output import WindowOutput
from ravs.structures.prediction import FramePrediction, SilenceTest

AnySource = TypeVar("AnySource", bound=Source)


def load(
    name_or_path: str | Path = DEFAULT_MODEL, device: str = "auto", dtype: str | torch.dtype = "float32"
) -> "Segmenter":
    """A segmenter from a preset with weights, a model folder or a hub name.

    Args:
        name_or_path: 'ravs-film', 'ravs-tiny', a folder that `save_pretrained` wrote, or `owner/name[@revision]`.
        device: 'auto' takes cuda, else xpu, else mps, else cpu; or a device of torch such as 'cuda:1'.
        dtype: of the weights and of most layers: 'float32', 'bfloat16', 'float16' or torch's; 'auto' takes bfloat16 on
            a GPU that computes in it, else float32. In bfloat16 1 - P(background) falls on the other side of 0.5 for
            less than 0.3 % of the example clips' pixels, in float16, which CPUs rarely compute in, for 0.02 %.

    Raises: ModelNotFoundError, DeviceError, InputError.
    """
    folder = find_model(name_or_path)
    torch_device = pick_device(device)
    weights = pick_dtype(dtype, torch_device)
    model = model_class(folder.model_type).from_pretrained(folder.path, dtype=weights).to(torch_device)
    processor = RavsProcessor.from_pretrained(folder.path)
    return Segmenter(model, processor, name=folder.name, revision=folder.revision, sha256=folder.sha256)


class Segmenter:
    """Segments sounding objects. Holds weights and no state of a source, so sources may be interleaved."""

    def __init__(
        self,
        model: nn.Module,
        processor: RavsProcessor,
        *,
        name: str = "model",
        revision: str | None = None,
        sha256: str | None = None,
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        self.record = {"name": name, "revision": revision, "sha256": sha256}  # as documents have it
        self.classes = ("background", *processor.config.classes)
        self.mask_classes = processor.config.mask_classes  # "unnamed", too, where regions may stay without a name
        self.clip_seconds = processor.config.clip_seconds

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return device_of(self.model)

    def summary(self) -> str:
        """Name, classes, parameters and device in one line: ravs-tiny (23 classes, 3.1 M) · cpu, 2 threads."""
        millions = sum(parameter.numel() for parameter in self.model.parameters()) / 1e6
        threads = f", {torch.get_num_threads()} threads" if self.device.type == "cpu" else ""
        return f"{self.name} ({len(self.classes) - 1} classes, {millions:.1f} M) · {self.device}{threads}"

    @overload
    def __call__(self, source: list[AnySource] | tuple[AnySource, ...], **choices: Any) -> list[Prediction]: ...

    @overload
    def __call__(self, source: Source | None = None, **choices: Any) -> Prediction: ...

    def __call__(
        self, source: Source | list[AnySource] | tuple[AnySource, ...] | None = None, **choices: Any
    ) -> Prediction | list[Prediction]:
        """`segment` for a file, for arrays, or for a list of files one after the other; choices as there.

        A list gives a list, in its order; the first file that fails ends it. `SegmentJob` and `ravs segment` go on.
        """
        if isinstance(source, list | tuple):
            return [self.segment(one, **choices) for one in source]
        return self.segment(source, **choices)

    def segment(
        self,
        path: Source | None = None,
        *,
        frames: np.ndarray | None = None,
        times_s: np.ndarray | None = None,
        waveform: np.ndarray | None = None,
        sample_rate_hz: int | None = None,
        progress: ProgressCallback | None = None,
        **choices: Any,
    ) -> Prediction:
        """All masks of a file, or of arrays.

        Args:
            path: any video, or an image with `sound`: its path, or a file that is open in binary mode (io.BytesIO).
            frames: instead of a path: number, height, width, 3; uint8 RGB.
            times_s: when each frame is shown; each is segmented with the second of audio before. None: 1, 2, 3 s, ...
            waveform: channels, samples (or samples alone); float32 in [-1, 1], beginning at 0 s.
            sample_rate_hz: of the waveform.
            progress: called with (step, masks done, about how many).
            choices: rate, start_s, end_s, classes, threshold, max_uncertainty, sound, mute; see `InferenceSettings`.
                Of arrays every frame is segmented, with the audio that was given: no rate, start_s, end_s and sound.

        A source that breaks off gives the masks before that point, `complete=False`, and a Python warning.
        Raises: DecodeError, NoAudioError, InputError.
        """
        arrays = {"frames": frames, "times_s": times_s, "waveform": waveform, "sample_rate_hz": sample_rate_hz}
        if path is not None:
            check_no_arrays(arrays)
        check_progress(progress)
        settings = self.settings(**choices)
        if path is None:
            check_array_choices(choices)
            return self._segment_arrays(ArraySource.read(frames, times_s, waveform, sample_rate_hz), settings)
        with source_file(path) as file:
            return self._segment_file(file, settings, progress)

    def _segment_file(self, path: Path, settings: InferenceSettings, progress: ProgressCallback | None) -> Prediction:
        source = replace(describe_source(path, settings), sha256=content_hash(path))
        sound_sha256 = None if settings.sound is None else content_hash(settings.sound)
        record = partial(record_output, self, source, settings, sound_sha256=sound_sha256, progress=progress)
        output = record(self.windows(path, settings, silent=settings.mute and source.audio is None))
        muted = None
        if settings.mute and output.header.complete:
            muted = record(self.windows(path, settings, silent=True), muted=True)
        return replace(Prediction.of(render(output, settings, muted)), source_path=path)

    def stream(
        self, path: Source, *, progress: ProgressCallback | None = None, **choices: Any
    ) -> Iterator[FramePrediction]:
        """Masks one by one, in bounded memory whatever the length. Arguments as for `segment`.

        Raises: InputError at once; DecodeError or NoAudioError while streaming.
        """
        settings = self.settings(**choices)
        check_source(path)
        check_progress(progress)
        return self._stream(path, settings, progress)

    def _stream(
        self, source: Source, settings: InferenceSettings, progress: ProgressCallback | None
    ) -> Iterator[FramePrediction]:
        with source_file(source) as path:
            expected = None if progress is None else describe_source(path, settings).expected_masks(settings)
            for done, frame in enumerate(render_masks(self.windows(path, settings), self.rules(settings)), start=1):
                if progress is not None and expected is not None:
                    progress("masks", done, expected)
                yield frame

    def silence_test(self, path: Source, **choices: Any) -> SilenceTest:
        """What stays marked in silence: `.kept_area` is 0 for a model that uses audio, 1 for one that ignores it."""
        settings = self.settings(**choices)
        with source_file(path) as file:
            with_audio, silent = (
                render_masks(self.windows(file, settings, silent=silent), self.rules(settings))
                for silent in (False, True)
            )
            return compare_with_silence(with_audio, silent)

    def settings(self, **choices: Any) -> InferenceSettings:
        """Settings of these choices, checked against the model's classes. Raises InputError."""
        settings = InferenceSettings.from_choices(**choices)
        check_requested_classes(settings.classes, self.mask_classes, self.name)
        check_requested_classes(settings.among, self.classes, self.name)
        return settings

    def rules(self, settings: InferenceSettings) -> RenderRules:
        """What settings mean for this model."""
        return RenderRules.of(self.classes, self.processor.config.names, settings)

    def windows(self, path: Path, settings: InferenceSettings, *, silent: bool = False) -> Iterator[WindowOutput]:
        """What the model says of a file, window by window; with `silent` the audio is replaced by silence."""
        return predict_windows(self.model, self.processor, self.clips(path, settings, silent=silent))

    def clips(self, path: Path, settings: InferenceSettings, *, silent: bool = False) -> Iterator[Clip]:
        """The windows of a file that the model is given, in temporal order."""
        return read_clips(
            path,
            window=self.clip_seconds,
            rate=settings.rate,
            start_s=settings.start_s,
            end_s=settings.end_s,
            sound=settings.sound,
            sound_track=settings.sound_track,
            mute=silent,
            sample_rate_hz=self.processor.sample_rate_hz,
        )

    def _segment_arrays(self, source: ArraySource, settings: InferenceSettings) -> Prediction:
        settings = replace(settings, rate=None)  # every frame that was given
        outputs = []
        for muted in (False, True)[: 1 + settings.mute]:
            windows = predict_windows(self.model, self.processor, source.clips(self.clip_seconds, muted=muted))
            outputs.append(record_output(self, source.info, settings, windows, muted=muted))
        return Prediction.of(render(outputs[0], settings, outputs[1] if settings.mute else None))


def check_progress(progress: object) -> None:
    """Raises: InputError for what cannot be called with (step, done, about how many)."""
    if progress is not None and not callable(progress):
        raise InputError(
            f"progress is {progress!r}; it must be a function of (step, done, about how many), such as print"
        )
