"""The sound of data sets: the seconds of a video, and the middle second of recordings around a still picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ravs.data.datasets.base import AudioSource
from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.media import probe_audio, read_audio

Waveform = Float32[np.ndarray, "channels samples"]
MonoWaveform = Float32[np.ndarray, " samples"]

CONTEXT_S = 3  # of a recording, what VPO's loaders hear around a picture
EXTRACT_HINT = "make wav files from the videos with ravs datasets extract-audio"


def read_seconds(path: Path, seconds: int, video: Path | None = None) -> tuple[Waveform, int]:
    """So many seconds of a file from its start, with its own sample rate: cut, or followed by silence.

    Args:
        path: of the sound.
        seconds: to be read.
        video: that the sound could be taken from if there is no such file; None: there is none.

    Raises: InputError if the file is missing or holds a log-mel, DecodeError if it cannot be decoded; with its path.
    """
    rate = sample_rate_hz(path, video)
    waveform = _decoded(path, rate, seconds)
    return np.pad(waveform, ((0, 0), (0, seconds * rate - waveform.shape[1]))), rate


def read_concatenated(paths: Sequence[Path]) -> tuple[Waveform, int]:
    """The first second of each file, one after the other, at the first one's sample rate.

    A shorter one ends in silence. Where any has two channels, those with one are heard in both.
    Raises: as read_seconds.
    """
    rate = sample_rate_hz(paths[0])
    seconds = [_decoded(path, rate, 1) for path in paths]
    channels = max(len(second) for second in seconds)
    padded = [np.pad(second, ((0, 0), (0, rate - second.shape[1]))) for second in seconds]
    return np.concatenate([np.broadcast_to(second, (channels, rate)) for second in padded], axis=1), rate


def read_mixed_second(sources: Sequence[AudioSource]) -> tuple[Waveform, int]:
    """The middle second of each recording, mixed down, panned linearly and summed at full level.

    With p its position, the left channel hears 1 - p of a recording, the right one p; where none has a position, the
    sum is mono. The first recording's sample rate is that of all. Source: dataset/vpo_stereo of cyh-0/CAVP (96a6c34).
    Raises: as read_seconds.
    """
    rate = sample_rate_hz(sources[0].path)
    tracks = [(middle_second(_decoded(path, rate).mean(axis=0), rate), position) for path, position in sources]
    mono = all(position is None for _, position in tracks)
    mix = np.zeros((1 if mono else 2, rate), np.float32)
    for track, position in tracks:
        mix += track if position is None else np.outer((1 - position, position), track)
    return mix, rate


def middle_second(track: MonoWaveform, rate: int) -> Float32[np.ndarray, " {rate}"]:
    """The second in the middle of the three in the middle of a recording; a shorter one is first repeated to three.

    Ours: the peers compute a negative start for the shorter one, and so repeat nothing but its tail.
    """
    if len(track) < CONTEXT_S * rate:
        track = np.resize(track, CONTEXT_S * rate)
    start = (len(track) - CONTEXT_S * rate) // 2 + rate
    return track[start : start + rate]


def sample_rate_hz(path: Path, video: Path | None = None) -> int:
    """A file's own sample rate. Raises as read_seconds."""
    if path.suffix == ".pkl" or (not path.exists() and path.with_suffix(".pkl").exists()):
        pickled = path.with_suffix(".pkl")
        way_out = f": {EXTRACT_HINT}" if video else f"; the raw video is missing, too: fetch it, then {EXTRACT_HINT}"
        raise InputError(f"{pickled} is a pickled log-mel, which may run anything and is never loaded{way_out}")
    if not path.exists() and video:
        raise InputError(f"{path} is missing: {EXTRACT_HINT}")
    if not path.exists():
        raise InputError(f"{path} is missing, and no other file has this sound: fetch it again")
    try:
        return probe_audio(path).sample_rate_hz
    except DecodeError as error:
        raise _with_folder(path, error) from error


def _decoded(path: Path, rate: int, end_s: int | None = None) -> Waveform:
    if not path.exists():
        raise InputError(f"{path} is missing: fetch it again")
    try:
        return read_audio(path, rate, end_s=end_s)
    except DecodeError as error:
        raise _with_folder(path, error) from error


def _with_folder(path: Path, error: DecodeError) -> DecodeError:
    """The same error with the folder: a file of every clip may be called audio.wav."""
    if isinstance(error, NoAudioError):
        return NoAudioError(f"{path} has no sound track, and no other file has this sound: fetch it again")
    return DecodeError(f"{path.parent}/{error}")
