"""From clips to what the model says of them: the model over one window of seconds after another."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from ravs.config.inference import InferenceSettings
from ravs.errors import NotFiniteError, RavsError
from ravs.inference.clip_threads import map_clips
from ravs.inference.guided_filter import class_proportions, guided_upsample, refine_sounding
from ravs.inference.interpolation import pool
from ravs.inference.processor import RavsProcessor
from ravs.inference.render_output import RenderRules, render_masks
from ravs.structures.clip import Clip
from ravs.structures.model_output import RECORD, UNKNOWN, WindowOutput
from ravs.structures.prediction import WINDOW_S, FramePrediction

MIN_SOUNDING, MIN_SHARE = 5, 3  # of 255; what is less is kept as 0. Of 33 equal shares each is 8
MIN_LEVEL_DB = -120.0  # the level that is written for silence


def predict_clips(
    model: nn.Module, processor: RavsProcessor, clips: Iterable[Clip], settings: InferenceSettings
) -> Iterator[FramePrediction]:
    """The masks of the clips of one source in temporal order, holding a few clips in memory at a time."""
    config = processor.config
    rules = RenderRules.of(("background", *config.classes), config.names, settings)
    return render_masks(predict_windows(model, processor, clips), rules)


def predict_windows(model: nn.Module, processor: RavsProcessor, clips: Iterable[Clip]) -> Iterator[WindowOutput]:
    """What the model says of each clip, in 8 bits; on a CPU of several clips at once."""
    return map_clips(partial(predict_window, model, processor), clips, device_of(model))


def predict_window(model: nn.Module, processor: RavsProcessor, clip: Clip) -> WindowOutput:
    """What the model says of a clip. A short one is padded with seconds that are not valid."""
    output, images = run_model(model, processor, clip)
    seconds = len(clip)
    probabilities = class_probabilities(output, seconds)
    if processor.config.outlines == "guided":
        sounding = refine_sounding(probabilities, images)
        classes = class_proportions(probabilities, (images.shape[-2], images.shape[-1]))
    else:
        sounding, classes = 1 - probabilities[:, 0], probabilities[:, 1:]
    heard = getattr(output, "heard", None)
    shares = classes / classes.sum(dim=1, keepdim=True).clamp(min=torch.finfo(classes.dtype).tiny)
    sounding_bits, share_bits = without_noise(eight_bits(sounding), eight_bits(shares))
    return WindowOutput(
        records=clip_records(clip),
        sounding=sounding_bits,
        classes=share_bits,
        uncertainty=eight_bits(uncertainty_of(output, probabilities)),
        heard=None if heard is None else eight_bits(heard[0, :seconds].float()),
    )


def predict_probabilities(
    model: nn.Module, processor: RavsProcessor, clip: Clip
) -> tuple[Float[Tensor, "seconds classes height width"], Float[Tensor, "seconds low_height low_width"]]:
    """Class probabilities and uncertainty, at stride 4 or at a baseline's own stride, as scores need them.

    With `outlines: guided` the probabilities have the size of the model's input.
    """
    output, images = run_model(model, processor, clip)
    probabilities = class_probabilities(output, len(clip))
    uncertainty = uncertainty_of(output, probabilities)
    if processor.config.outlines == "guided":
        probabilities = guided_upsample(probabilities, images)
    return probabilities, uncertainty


@torch.inference_mode()
def run_model(
    model: nn.Module, processor: RavsProcessor, clip: Clip
) -> tuple[Any, Float[Tensor, "seconds 3 height width"]]:
    """The model's output for a clip, which is padded to the model's length, and the images that it was given."""
    inputs = processor(
        images=clip.frames,
        audio=clip.waveform,
        sampling_rate=clip.sample_rate_hz,
        seconds=max(processor.config.clip_seconds, len(clip)),
    )
    device = device_of(model)
    try:
        batch = {key: value.to(device) for key, value in inputs.items()}
        return model(**batch), batch["pixel_values"][0, : len(clip)]
    except torch.OutOfMemoryError as error:
        raise RavsError(f"{device}: out of memory with one clip. Try --device cpu.") from error


def class_probabilities(output: Any, seconds: int) -> Float[Tensor, "seconds classes height width"]:
    """The probabilities of background and each class in the first seconds of a batch of one clip."""
    probabilities: Tensor = output.adjusted_logits[0, :seconds].float().softmax(dim=1)
    return probabilities


def uncertainty_of(
    output: Any, probabilities: Float[Tensor, "seconds classes height width"]
) -> Float[Tensor, "seconds height width"]:
    """The uncertainty of these seconds; zeros for a method that has none."""
    if output.uncertainty is None:
        return torch.zeros_like(probabilities[:, 0])
    uncertainty: Tensor = output.uncertainty[0, : len(probabilities)].float()
    return uncertainty


def eight_bits(values: Float[Tensor, "*any"]) -> UInt8[np.ndarray, "*any"]:
    """Values from 0 to 1 as 0 to 255. Raises: NotFiniteError."""
    if not bool(values.isfinite().all()):
        raise NotFiniteError("the model outputs values that are not finite: look for NaN in its weights")
    bits: np.ndarray = (values.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return bits


def without_noise(
    sounding: UInt8[np.ndarray, "seconds height width"],
    shares: UInt8[np.ndarray, "seconds sounds low_height low_width"],
) -> tuple[UInt8[np.ndarray, "seconds height width"], UInt8[np.ndarray, "seconds sounds low_height low_width"]]:
    """P(sounds) and P(class | sounds) without what means nothing, which would be most of a file: less than 2 and 1 %.

    Where nothing sounds, classes are zero.
    """
    sounding = np.where(sounding >= MIN_SOUNDING, sounding, np.uint8(0))
    loud = pool(sounding, (shares.shape[-2], shares.shape[-1]), np.maximum)[:, None] > 0
    return sounding, np.where(loud & (shares >= MIN_SHARE), shares, np.uint8(0))


def device_of(model: nn.Module) -> torch.device:
    """The device of the weights."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def clip_records(clip: Clip) -> np.ndarray:
    """Times, audio levels and size of each second of a clip: seconds, of RECORD."""
    records = np.zeros(len(clip), RECORD)
    rate = clip.sample_rate_hz
    records["time_s"] = clip.times_s
    records["start_s"] = np.array(clip.ends_s or clip.times_s, np.float64) - WINDOW_S
    records["pts"] = clip.pts or UNKNOWN
    records["frame"] = clip.frame_indices or UNKNOWN
    records["height"], records["width"] = clip.frames.shape[1:3]
    records["short"] = clip.short or False
    for second in range(len(clip)):
        levels = level_db(clip.waveform[:, second * rate : (second + 1) * rate])
        records["level_db"][second], records["peak_db"][second] = levels
    return records


def level_db(samples: np.ndarray) -> tuple[float, float]:
    """Root mean square and peak of samples in dB of full scale, to a tenth."""
    if not samples.size:
        return MIN_LEVEL_DB, MIN_LEVEL_DB
    mean = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return _decibel(mean), _decibel(float(np.abs(samples).max()))


def _decibel(amplitude: float) -> float:
    return MIN_LEVEL_DB if amplitude <= 1e-6 else round(20 * float(np.log10(amplitude)), 1)
