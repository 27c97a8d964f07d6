"""Clips out of arrays that the user gives instead of a file."""

from collections.abc import Iterator

import numpy as np

from ravs.structures.clip import Clip


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
