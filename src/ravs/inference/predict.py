"""From clips to masks: the model over one window of seconds after another."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings
from ravs.errors import RavsError
from ravs.inference.guided_filter import guided_upsample
from ravs.inference.postprocess import find_sounding_objects
from ravs.inference.processor import RavsProcessor
from ravs.inference.region_names import RegionNamer
from ravs.structures.clip import Clip
from ravs.structures.mask_rule import MaskRule
from ravs.structures.prediction import WINDOW_S, FramePrediction, SoundingObject

MIN_LEVEL_DB = -120.0  # the level that is written for silence


def predict_clips(
    model: nn.Module,
    processor: RavsProcessor,
    clips: Iterable[Clip],
    settings: InferenceSettings,
    namer: RegionNamer | None = None,
) -> Iterator[FramePrediction]:
    """The masks of clips in temporal order, holding one clip in memory at a time.

    With names by region, `namer` is one that has named the clips before these; None: there are none.
    """
    rule = mask_rule(processor.config, settings)
    namer = namer or RegionNamer.of(processor.config, rule)
    index = 0
    for clip in clips:
        probabilities, uncertainty = predict_probabilities(model, processor, clip)
        names = [None] * len(clip) if namer is None else namer.names_of(probabilities)
        for second in range(len(clip)):
            maps = probabilities[second], uncertainty[second]
            objects = find_sounding_objects(*maps, clip.frames.shape[1:3], rule, names[second])
            yield frame_prediction(clip, second, index, objects, uncertainty[second])
            index += 1


def mask_rule(config: RavsConfig, settings: InferenceSettings) -> MaskRule:
    """The mask rule of these settings for a model of this configuration."""
    names = config.mask_classes
    return MaskRule(
        names=names,
        allowed=tuple(sorted(names.index(name) for name in settings.classes or config.classes)),
        threshold=settings.threshold,
        max_uncertainty=settings.max_uncertainty,
    )


def predict_probabilities(
    model: nn.Module, processor: RavsProcessor, clip: Clip
) -> tuple[Float[Tensor, "seconds classes height width"], Float[Tensor, "seconds low_height low_width"]]:
    """Class probabilities and uncertainty, at stride 4 or at a baseline's own stride.

    A short clip is padded with seconds that are not valid. With `outlines: guided` the probabilities have the size of
    the model's input.
    """
    inputs = processor(
        images=clip.frames,
        audio=clip.waveform,
        sampling_rate=clip.sample_rate_hz,
        seconds=max(processor.config.clip_seconds, len(clip)),
    )
    device = device_of(model)
    try:
        with torch.inference_mode():
            batch = {key: value.to(device) for key, value in inputs.items()}
            output = model(**batch)
            probabilities = output.adjusted_logits[0, : len(clip)].float().softmax(dim=1)
            if processor.config.outlines == "guided":
                probabilities = guided_upsample(probabilities, batch["pixel_values"][0, : len(clip)])
    except torch.OutOfMemoryError as error:
        raise RavsError(f"{device}: out of memory with one clip. Try --device cpu.") from error
    if output.uncertainty is None:
        return probabilities, torch.zeros_like(probabilities[:, 0])
    return probabilities, output.uncertainty[0, : len(clip)].float()


def device_of(model: nn.Module) -> torch.device:
    """The device of the weights."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def frame_prediction(
    clip: Clip,
    second: int,
    index: int,
    objects: tuple[SoundingObject, ...],
    uncertainty: Float[Tensor, "height width"],
) -> FramePrediction:
    """The record of one second of a clip: its times, audio level, objects and uncertainty."""
    rate = clip.sample_rate_hz
    level, peak = level_db(clip.waveform[:, second * rate : (second + 1) * rate])
    return FramePrediction(
        index=index,
        time_s=float(clip.times_s[second]),
        start_s=float(clip.ends_s[second] if clip.ends_s else clip.times_s[second]) - WINDOW_S,
        size=(clip.frames.shape[1], clip.frames.shape[2]),
        objects=objects,
        uncertainty=float(uncertainty.mean()),
        pts=clip.pts[second] if clip.pts else None,
        frame=clip.frame_indices[second] if clip.frame_indices else None,
        level_db=level,
        peak_db=peak,
        short=bool(clip.short) and clip.short[second],
        uncertainty_map=(uncertainty * 255).round().to(torch.uint8).cpu().numpy(),
    )


def level_db(samples: np.ndarray) -> tuple[float, float]:
    """Root mean square and peak of samples in dB of full scale, to a tenth."""
    if not samples.size:
        return MIN_LEVEL_DB, MIN_LEVEL_DB
    mean = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return _decibel(mean), _decibel(float(np.abs(samples).max()))


def _decibel(amplitude: float) -> float:
    return MIN_LEVEL_DB if amplitude <= 1e-6 else round(20 * float(np.log10(amplitude)), 1)
