"""What a source is, in a document's words; arrays as clips; how loud a second is."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ravs.config.inference import InferenceSettings, format_clock
from ravs.errors import InputError
from ravs.media import AudioInfo, MediaInfo, probe
from ravs.structures.clip import Clip
from ravs.structures.prediction import FramePrediction

SILENCE_THRESHOLD_DB = -60.0  # a sound whose loudest sample lies below is called silent
MIN_LEVEL_DB = -120.0  # what silence is written as
END_TOLERANCE_S = 0.5  # sound may end so much before the picture without a word
TIME_TOLERANCE_S = 0.001  # two times that differ by less are one
MAX_LISTED_JUMPS = 4  # of time stamps; the rest is counted


def describe_source(path: Path, settings: InferenceSettings, sha256: str | None = None) -> dict[str, Any]:
    """A file as documents state it: what decoding sees, and the sound that is heard.

    Raises: DecodeError if it is no video, NoAudioError if the file given as sound has none.
    """
    info = probe(path, settings.sound, settings.sound_track)
    return {
        "name": path.name,
        "sha256": sha256,
        "start": round(float(info.start_s), 6),
        "duration": round(float(info.duration_s), 6),
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "fps": None if info.is_still else str(info.rate),
        "time_base": str(info.time_base),
        "sound": None if info.sound is None else _describe_sound(info.sound),
        **_oddities(info),
    }


def expected_masks(source: dict[str, Any], settings: InferenceSettings) -> int:
    """About how many masks a source will have: what progress is measured against."""
    start: float = max(source["start"], float(settings.start_s or 0))
    end: float = source["start"] + source["duration"]
    if settings.end_s is not None:
        end = min(end, float(settings.end_s))
    rate = float(settings.rate or Fraction(source["fps"] or 25))
    return max(1, ceil((end - start) * rate - 0.1))


def source_warnings(
    source: dict[str, Any], settings: InferenceSettings, frames: Sequence[FramePrediction]
) -> tuple[str, ...]:
    """Warnings about the source that explain odd masks."""
    return (*_clock_warnings(source), *_sound_warnings(source, settings, frames))


def _clock_warnings(source: dict[str, Any]) -> Iterator[str]:
    if jumps := source.get("time_jumps"):
        more = f" and {len(jumps) - MAX_LISTED_JUMPS} more times" if len(jumps) > MAX_LISTED_JUMPS else ""
        times = ", ".join(format_clock(time_s) for time_s in jumps[:MAX_LISTED_JUMPS])
        yield f"time stamps jump at {times}{more}; later frames are timed as if they had not."
    if "picture_end" in source:
        ends, last = format_clock(source["picture_end"]), format_clock(source["start"] + source["duration"])
        yield f"picture ends at {ends} of {last}; its last frame is held until the sound ends."


def _sound_warnings(
    source: dict[str, Any], settings: InferenceSettings, frames: Sequence[FramePrediction]
) -> list[str]:
    found = []
    sound, end = source["sound"], source["start"] + source["duration"]
    if settings.end_s is not None:
        end = min(end, float(settings.end_s))
    peak = max((frame.peak_db for frame in frames), default=0.0)
    if sound is not None and peak < SILENCE_THRESHOLD_DB:
        where = "throughout" if _heard_all(sound, frames) else "wherever it was heard"
        found.append(f"the sound is silent {where} (peak {peak:.0f} dBFS); no masks expected.")
    elif sound is not None and sound["start"] + sound["duration"] < end - END_TOLERANCE_S:
        ends = format_clock(sound["start"] + sound["duration"])
        found.append(f"sound ends at {ends} of {format_clock(end)}; later frames are treated as silent.")
    return found


def _heard_all(sound: dict[str, Any], frames: Sequence[FramePrediction]) -> bool:
    """Whether the seconds of these masks cover the sound, but for half a second at its end."""
    reached: float = sound["start"]
    for frame in frames:
        if frame.start_s > reached + TIME_TOLERANCE_S:
            return False
        reached = max(reached, frame.end_s)
    ends: float = sound["start"] + sound["duration"]
    return reached >= ends - END_TOLERANCE_S


def level_db(samples: np.ndarray) -> tuple[float, float]:
    """Root mean square and peak of some samples in dB of full scale, to a tenth."""
    if not samples.size:
        return MIN_LEVEL_DB, MIN_LEVEL_DB
    mean = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return _decibel(mean), _decibel(float(np.abs(samples).max()))


def clips_of_arrays(
    frames: np.ndarray, times_s: np.ndarray, waveform: np.ndarray, sample_rate_hz: int, window: int
) -> Iterator[Clip]:
    """Arrays as clips of up to `window` seconds: each frame with the second of sound that ends at its time.

    Sound before the waveform's start and after its end is silence. Raises: InputError for shapes that do not fit.
    """
    times_s = np.asarray(times_s, np.float64)
    if times_s.shape != frames.shape[:1]:
        raise InputError(f"times_s has shape {times_s.shape} for {len(frames)} frames: give one time for each")
    waveform = np.atleast_2d(np.asarray(waveform, np.float32))
    for first in range(0, len(frames), window):
        part = slice(first, first + window)
        seconds = [_second_before(waveform, time_s, sample_rate_hz) for time_s in times_s[part]]
        yield Clip(
            frames=frames[part],
            waveform=np.concatenate(seconds, axis=1),
            times_s=times_s[part],
            sample_rate_hz=sample_rate_hz,
            ends_s=tuple(times_s[part].tolist()),
        )


def describe_arrays(
    frames: np.ndarray, times_s: np.ndarray, waveform: np.ndarray, sample_rate_hz: int
) -> dict[str, Any]:
    """Arrays as documents state them."""
    waveform = np.atleast_2d(waveform)
    length = waveform.shape[1] / sample_rate_hz
    return {
        "name": "arrays",
        "sha256": None,
        "start": 0.0,
        "duration": round(float(max(times_s, default=0)), 6),
        "width": frames.shape[2],
        "height": frames.shape[1],
        "rotation": 0,
        "fps": None,
        "time_base": None,
        "sound": {"rate": sample_rate_hz, "channels": waveform.shape[0], "start": 0.0, "duration": round(length, 6)},
    }


def _oddities(info: MediaInfo) -> dict[str, Any]:
    """Unusual facts: a picture that ends before its sound, time stamps that jump."""
    odd: dict[str, Any] = {}
    if info.video_duration_s < info.duration_s:
        odd["picture_end"] = round(float(info.start_s + info.video_duration_s), 6)
    if info.jumps_s:
        odd["time_jumps"] = [round(float(time_s), 6) for time_s in info.jumps_s]
    return odd


def _describe_sound(sound: AudioInfo) -> dict[str, Any]:
    return {
        "rate": sound.sample_rate_hz,
        "channels": sound.channels,
        "start": round(float(sound.start_s), 6),
        "duration": round(float(sound.duration_s), 6),
    }


def _second_before(waveform: np.ndarray, time_s: float, sample_rate_hz: int) -> np.ndarray:
    end = round(time_s * sample_rate_hz)
    start = end - sample_rate_hz
    second = np.zeros((waveform.shape[0], sample_rate_hz), np.float32)
    kept = waveform[:, max(start, 0) : max(end, 0)]
    at = max(-start, 0)
    second[:, at : at + kept.shape[1]] = kept
    return second


def _decibel(amplitude: float) -> float:
    return MIN_LEVEL_DB if amplitude <= 1e-6 else round(20 * float(np.log10(amplitude)), 1)
