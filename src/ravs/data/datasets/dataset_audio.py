"""Read audio of data sets: the seconds of a video, or the middle second of recordings for a still image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ravs.data.datasets.base import AudioSource
from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.media import probe_audio, read_audio

Waveform = Float32[np.ndarray, "channels samples"]
MonoWaveform = Float32[np.ndarray, " samples"]

CONTEXT_S = 3  # length of the middle part of a recording that VPO's loaders read
EXTRACT_HINT = "make wav files from the videos with ravs datasets extract-audio"


def read_seconds(path: Path, seconds: int, video: Path | None = None) -> tuple[Waveform, int]:
    """The first `seconds` seconds of a file, cut or padded with silence, and its sample rate.

    Args:
        path: of the audio file.
        seconds: to be read.
        video: from which the audio can be extracted if there is no such file; None: there is none.

    Raises: InputError if the file is missing or a log-mel, DecodeError if it cannot be decoded; with the path.
    """
    rate = sample_rate_hz(path, video)
    waveform = _decode(path, rate, seconds)
    return np.pad(waveform, ((0, 0), (0, seconds * rate - waveform.shape[1]))), rate


def read_concatenated(paths: Sequence[Path]) -> tuple[Waveform, int]:
    """The first second of each file, concatenated, at the sample rate of the first file.

    Shorter files are padded with silence; if any has two channels, mono files are repeated in both.
    Raises: as read_seconds.
    """
    rate = sample_rate_hz(paths[0])
    seconds = [_decode(path, rate, 1) for path in paths]
    channels = max(len(second) for second in seconds)
    padded = [np.pad(second, ((0, 0), (0, rate - second.shape[1]))) for second in seconds]
    return np.concatenate([np.broadcast_to(second, (channels, rate)) for second in padded], axis=1), rate


def read_mixed_second(sources: Sequence[AudioSource]) -> tuple[Waveform, int]:
    """The sum of the middle second of each recording, mixed down to mono and panned linearly, at full level.

    A recording at position p has gain 1 - p in the left channel and p in the right; without any position, the sum is
    mono. The sample rate is the first recording's. Source: dataset/vpo_stereo of cyh-0/CAVP (96a6c34).
    Raises: as read_seconds.
    """
    rate = sample_rate_hz(sources[0].path)
    tracks = [(middle_second(_decode(path, rate).mean(axis=0), rate), position) for path, position in sources]
    mono = all(position is None for _, position in tracks)
    mix = np.zeros((1 if mono else 2, rate), np.float32)
    for track, position in tracks:
        mix += track if position is None else np.outer((1 - position, position), track)
    return mix, rate


def middle_second(track: MonoWaveform, rate: int) -> Float32[np.ndarray, " {rate}"]:
    """The middle second of the middle three of a recording; shorter ones are repeated to three seconds first.

    Deviation: for shorter recordings CAVP computes a negative start, and so repeats their tail alone.
    """
    if len(track) < CONTEXT_S * rate:
        track = np.resize(track, CONTEXT_S * rate)
    start = (len(track) - CONTEXT_S * rate) // 2 + rate
    return track[start : start + rate]


def sample_rate_hz(path: Path, video: Path | None = None) -> int:
    """The sample rate of a file. Raises: as read_seconds."""
    if path.suffix == ".pkl" or (not path.exists() and path.with_suffix(".pkl").exists()):
        pickled = path.with_suffix(".pkl")
        remedy = f": {EXTRACT_HINT}" if video else f"; the raw video is missing, too: fetch it, then {EXTRACT_HINT}"
        raise InputError(f"{pickled} is a pickled log-mel, which could run any code and is never loaded{remedy}")
    if not path.exists() and video:
        raise InputError(f"{path} is missing: {EXTRACT_HINT}")
    if not path.exists():
        raise InputError(f"{path} is missing, and no other file has this sound: fetch it again")
    try:
        return probe_audio(path).sample_rate_hz
    except DecodeError as error:
        raise _with_folder(path, error) from error


def _decode(path: Path, rate: int, end_s: int | None = None) -> Waveform:
    if not path.exists():
        raise InputError(f"{path} is missing: fetch it again")
    try:
        return read_audio(path, rate, end_s=end_s)
    except DecodeError as error:
        raise _with_folder(path, error) from error


def _with_folder(path: Path, error: DecodeError) -> DecodeError:
    """The error with the folder in its message, since every clip may have an audio.wav."""
    if isinstance(error, NoAudioError):
        return NoAudioError(f"{path} has no sound track, and no other file has this sound: fetch it again")
    return DecodeError(f"{path.parent}/{error}")
