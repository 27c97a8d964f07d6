"""One reading of the frames and audio that a user gives as arrays, for the segmenter and the processor alike."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, UInt8

from ravs.errors import InputError

MAX_CHANNELS = 2  # of audio: mono or stereo
MAX_FLOAT_PEAK = 10.0  # decoded audio may exceed full scale a little; integers that were cast to float exceed it by far
FILE_CHOICES = ("rate", "start_s", "end_s", "sound", "sound_track")  # of inference: which part of a file, and its audio
MIN_SAMPLE_RATE_HZ = 1000  # what lies below is a rate in kHz


def read_waveform(waveform: Any, sample_rate_hz: int) -> Float32[np.ndarray, "channels samples"]:
    """Audio of any usual form as float32 of (1 or 2 channels, samples), where full scale is 1.

    Args:
        waveform: NumPy array, torch tensor or list of (samples), (channels, samples) or (samples, channels), the last
            as soundfile reads it. Floats are kept; integers are divided by the full scale of their type, int16 by
            32768, unsigned ones after half of it is subtracted, as 8-bit WAV means it.
        sample_rate_hz: of the waveform, to name the time of a value that is refused.

    Raises: InputError for other shapes and types, for an array whose axes cannot be told apart, for NaN and infinity,
        and for floats far beyond full scale.
    """
    samples = channels_first(as_numpy(waveform, "waveform"))
    if samples.dtype.kind == "f":
        _check_floats(samples, sample_rate_hz)
        return samples.astype(np.float32, copy=False)
    return _scale_integers(samples)


def read_frames(frames: Any) -> UInt8[np.ndarray, "number height width 3"]:
    """RGB frames of any usual form as uint8 of (number, height, width, 3).

    Args:
        frames: NumPy array, torch tensor or list of images, as (number, height, width, 3) or
            (number, 3, height, width); uint8, or floats, which mean 0 … 1 and are multiplied by 255 and rounded.

    Raises: InputError for other shapes and types, for an array whose axes cannot be told apart, for no frame at all,
        and for floats outside 0 … 1.
    """
    images = channels_last(as_numpy(frames, "frames"))
    if images.dtype.kind == "f":
        return _scale_floats(images)
    if images.dtype != np.uint8:
        raise InputError(
            f"frames are {images.dtype}: give uint8 of 0 … 255, or floats of 0 … 1; "
            "convert with frames.astype('uint8') if the values are 0 … 255"
        )
    return images


def read_times(times_s: Any, count: int) -> Float64[np.ndarray, " number"]:
    """When each frame is shown, in seconds. Raises InputError unless there is one time a frame, in order."""
    times = as_numpy(times_s, "times_s").astype(np.float64)
    if times.shape != (count,):
        raise InputError(f"times_s has shape {times.shape} for {count} frames: give one time for each")
    if not np.isfinite(times).all() or (np.diff(times) < 0).any():
        raise InputError("times_s is not in order of time, or has NaN or infinity: sort frames and times")
    if times[0] < 0:
        raise InputError(
            f"times_s begins at {times[0]:g} s, before the waveform, which begins at 0 s: count from there"
        )
    return times


def read_sample_rate(sample_rate_hz: Any, name: str = "sample_rate_hz") -> int:
    """The sample rate, an argument of this name, as an integer.

    Raises: InputError unless it is a whole number of hertz that audio can have.
    """
    number = isinstance(sample_rate_hz, int | float | np.number) and not isinstance(sample_rate_hz, bool)
    if not number or not sample_rate_hz >= MIN_SAMPLE_RATE_HZ or sample_rate_hz % 1:
        raise InputError(f"{name} is {sample_rate_hz!r}: give whole samples a second, such as 48000")
    return int(sample_rate_hz)


def check_no_arrays(arrays: Mapping[str, Any]) -> None:
    """Raises: InputError for an argument that is given beside a path, which has all of them."""
    if given := [name for name, value in arrays.items() if value is not None]:
        raise InputError(f"{', '.join(given)} beside a path: give the path, or frames, waveform and sample_rate_hz")


def check_array_choices(choices: Mapping[str, Any]) -> None:
    """Raises: InputError for a choice that arrays, of which every frame is segmented, leave nothing to."""
    if given := [name for name in FILE_CHOICES if choices.get(name) is not None]:
        raise InputError(f"{', '.join(given)} beside arrays: give the frames and the audio that are to be segmented")


def check_covers(waveform: np.ndarray, sample_rate_hz: int, times_s: np.ndarray) -> None:
    """Raises: InputError if the second before one of the times has nothing of the waveform (channels, samples)."""
    end_s = waveform.shape[1] / sample_rate_hz
    if len(times_s) and end_s <= times_s[-1] - 1:
        raise InputError(
            f"the waveform ends at {end_s:g} s, but the last frame, at {times_s[-1]:g} s, is segmented with the second "
            "before it: give audio up to there, zeros where it is silent, or times_s of the frames"
        )


def as_numpy(values: Any, name: str) -> np.ndarray:
    """A tensor of any device and type, an array or a list as an array of numbers. Raises InputError for all else."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        values = values.float() if values.dtype == torch.bfloat16 else values
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name}: its parts differ in shape ({error}): make them alike") from None
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name} is {array.dtype}, not an array of numbers: give a NumPy array or a torch tensor")
    return array


def channels_first(samples: np.ndarray) -> np.ndarray:
    """Audio as (channels, samples): an axis of one or two entries beside a longer one is that of the channels."""
    if samples.ndim == 1:
        return samples[None]
    if samples.ndim != 2:
        raise InputError(
            f"waveform has shape {samples.shape}: give one clip as (channels, samples) or (samples, channels), "
            "or (samples) alone"
        )
    first, last = (1 <= length <= MAX_CHANNELS for length in samples.shape)
    if first and last and samples.shape != (1, 1):
        raise InputError(
            f"waveform of shape {samples.shape} may be (channels, samples) or (samples, channels): give more samples"
        )
    if not first and not last:
        raise InputError(
            f"waveform has shape {samples.shape}, in which no axis has the length 1 or 2 of the channels: "
            f"of (channels, samples), this has {samples.shape[0]} channels; mix more than two down to stereo"
        )
    return samples if first else samples.T


def channels_last(images: np.ndarray) -> np.ndarray:
    """Frames as (number, height, width, 3): of the second and the last axis, the one of length 3 is that of RGB."""
    wanted = "(number, height, width, 3) or (number, 3, height, width)"
    if images.ndim != 4:
        remedy = {3: ": frames[None] makes one frame a clip", 5: ": give one clip at a time"}.get(images.ndim, "")
        raise InputError(f"frames have shape {images.shape}, not {wanted}{remedy}")
    first, last = images.shape[1] == 3, images.shape[3] == 3
    if first and last:
        raise InputError(f"frames of shape {images.shape} may be {wanted}: give frames of more than 3 pixels a side")
    if not first and not last:
        raise InputError(
            f"frames have shape {images.shape}, not {wanted}: move the axes, make gray RGB, drop an alpha channel"
        )
    if 0 in images.shape:
        raise InputError(f"frames have shape {images.shape}: give one frame at least")
    return images if last else images.transpose(0, 2, 3, 1)


def _check_floats(samples: Float[np.ndarray, "channels samples"], sample_rate_hz: int) -> None:
    finite = np.isfinite(samples)
    if not finite.all():
        first_s = np.flatnonzero(~finite.all(axis=0))[0] / sample_rate_hz
        raise InputError(
            f"waveform has {np.count_nonzero(~finite)} values that are not finite (NaN, infinity), the first at "
            f"{first_s:.3f} s: replace them, by zeros for silence"
        )
    peak = float(np.abs(samples).max(initial=0))
    if peak > MAX_FLOAT_PEAK:
        raise InputError(
            f"waveform is {samples.dtype} with values up to {peak:.6g}, and floats lie in -1 … 1: "
            "divide by the full scale, 32768 for 16 bits, or give the integers themselves"
        )


def _scale_integers(samples: np.ndarray) -> Float32[np.ndarray, "channels samples"]:
    kind, bits = samples.dtype.kind, 8 * samples.dtype.itemsize
    if bits > 32:
        raise InputError(f"waveform is {samples.dtype}, whose full scale no recording has: give int16, int32 or float")
    full_scale = 2.0 ** (bits - 1)
    middle = full_scale if kind == "u" else 0.0
    return (samples.astype(np.float32) - middle) / full_scale


def _scale_floats(images: Float[np.ndarray, "number height width 3"]) -> UInt8[np.ndarray, "number height width 3"]:
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 1):  # NaN neither
        raise InputError(
            f"frames are {images.dtype} with values from {low:.4g} to {high:.4g}, and floats mean 0 … 1: "
            "give uint8 for 0 … 255, and no normalized images"
        )
    return np.round(images.astype(np.float32) * 255).astype(np.uint8)
