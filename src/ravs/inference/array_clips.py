"""Clips out of arrays that the user gives instead of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from ravs.errors import InputError
from ravs.inference.input_arrays import check_covers, read_frames, read_sample_rate, read_times, read_waveform
from ravs.inference.source_info import SourceInfo, describe_arrays
from ravs.structures.clip import Clip


@dataclass(frozen=True)
class ArraySource:
    """A source in memory, as `input_arrays` reads it."""

    frames: UInt8[np.ndarray, "number height width 3"]
    times_s: Float64[np.ndarray, " number"]
    waveform: Float32[np.ndarray, "channels samples"]
    sample_rate_hz: int

    @classmethod
    def read(cls, frames: Any, times_s: Any, waveform: Any, sample_rate_hz: Any) -> "ArraySource":
        """As `Segmenter.segment` takes them; without times the frames are those of 1, 2, 3 s, ... Raises InputError."""
        if frames is None or waveform is None or sample_rate_hz is None:
            raise InputError("nothing to segment: give a path, or frames, waveform and sample_rate_hz")
        frames, sample_rate_hz = read_frames(frames), read_sample_rate(sample_rate_hz)
        waveform = read_waveform(waveform, sample_rate_hz)
        times_s = np.arange(1.0, len(frames) + 1) if times_s is None else read_times(times_s, len(frames))
        check_covers(waveform, sample_rate_hz, times_s)
        return cls(frames, times_s, waveform, sample_rate_hz)

    @property
    def info(self) -> SourceInfo:
        """What documents say of it."""
        return describe_arrays(self.frames, self.times_s, self.waveform, self.sample_rate_hz)

    def clips(self, window: int, *, muted: bool = False) -> Iterator[Clip]:
        """Clips of up to `window` seconds; with `muted` silence in place of the audio."""
        waveform = 0 * self.waveform if muted else self.waveform
        return clips_of_arrays(self.frames, self.times_s, waveform, self.sample_rate_hz, window)


def clips_of_arrays(
    frames: np.ndarray, times_s: np.ndarray, waveform: np.ndarray, sample_rate_hz: int, window: int
) -> Iterator[Clip]:
    """Arrays as clips of up to `window` seconds: each frame with the second of audio that ends at its time.

    Audio before the waveform's start and after its end is silence. All arrays are as `input_arrays` reads them.
    """
    for first in range(0, len(frames), window):
        part = slice(first, first + window)
        seconds = [second_before(waveform, time_s, sample_rate_hz) for time_s in times_s[part]]
        yield Clip(
            frames=frames[part],
            waveform=np.concatenate(seconds, axis=1),
            times_s=times_s[part],
            sample_rate_hz=sample_rate_hz,
            ends_s=tuple(times_s[part].tolist()),
        )


def second_before(waveform: np.ndarray, time_s: float, sample_rate_hz: int) -> np.ndarray:
    """The second of a waveform (channels, samples) that ends at a time, with zeros outside the waveform."""
    end = round(time_s * sample_rate_hz)
    start = end - sample_rate_hz
    second = np.zeros((waveform.shape[0], sample_rate_hz), np.float32)
    samples = waveform[:, max(start, 0) : max(end, 0)]
    offset = max(-start, 0)
    second[:, offset : offset + samples.shape[1]] = samples
    return second
