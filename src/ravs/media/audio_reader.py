"""Read audio forward in bounded memory, or all of it at once; write WAV files."""

import wave
from collections import deque
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np

from ravs.errors import DecodeError, InputError
from ravs.media.audio_decoder import Waveform, open_audio
from ravs.media.audio_runs import AudioChunk


class AudioReader:
    """Reads a sound track forward in bounded memory; reads must be in the order of their start.

    Before, between and after the track's samples is silence. A context manager: leaving it closes the file.
    """

    def __init__(
        self, path: Path, sample_rate_hz: int, start_s: Fraction = Fraction(0), track: int | None = None
    ) -> None:
        """Open a file, or one of its tracks, of which nothing before start_s will be read.

        Raises: as open_audio does.
        """
        self.sample_rate_hz = sample_rate_hz
        self.error: DecodeError | None = None  # why decoding broke off, if it did
        self.end = 0  # number of samples from the clock's zero to the end of what was decoded
        self._kept: deque[AudioChunk] = deque()
        self._stack = ExitStack()
        self.channels, self._chunks = self._stack.enter_context(open_audio(path, sample_rate_hz, start_s, track))

    def __enter__(self) -> "AudioReader":
        """The reader itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._stack.close()

    def read(self, start_s: Fraction, count: int) -> Waveform:
        """Read `count` samples from this time on, (channels, count)."""
        first = round(start_s * self.sample_rate_hz)
        while self._kept and self._kept[0].end <= first:
            self._kept.popleft()
        while self.end < first + count and self._fetch(first):
            pass
        out = np.zeros((self.channels, count), np.float32)
        for chunk in self._kept:
            low, high = max(chunk.first, first), min(chunk.end, first + count)
            if low < high:
                out[:, low - first : high - first] = chunk.samples[:, low - chunk.first : high - chunk.first]
        return out

    def _fetch(self, first: int) -> bool:
        """Decode the next chunk, and keep what of it is new and not before `first`; False at the end."""
        try:
            chunk = next(self._chunks, None)
        except DecodeError as error:
            self.error, chunk = error, None
        if chunk is None:
            return False
        begin = max(chunk.first, self.end) if self.end else chunk.first
        if begin < chunk.end:
            self.end = chunk.end
            if chunk.end > first:
                self._kept.append(AudioChunk(begin, chunk.samples[:, begin - chunk.first :]))
        return True


def read_audio(
    path: Path | str,
    sample_rate_hz: int,
    *,
    start_s: int | float | Fraction | None = None,
    end_s: int | float | Fraction | None = None,
) -> Waveform:
    """Read the audio of a file, or of a part of it: (1 or 2 channels, samples) float32 in [-1, 1].

    Args:
        path: any file with a sound track.
        sample_rate_hz: rate of the result.
        start_s, end_s: part on the file's clock; default: from the clock's zero to the end of the audio. A part that
            reaches beyond the end of the audio stops there; audio that starts late begins with silence.

    Raises:
        NoAudioError: there is no sound track. DecodeError: not a media file, or one that breaks before the part's end.
    """
    begin_s, end = Fraction(start_s or 0), None if end_s is None else Fraction(end_s)
    if end is not None and end <= begin_s:
        raise InputError(f"the part from {float(begin_s)} s to {float(end)} s is empty: give an end after the start")
    blocks: list[Waveform] = []
    with AudioReader(Path(path), sample_rate_hz, begin_s) as reader:
        at, stop = round(begin_s * sample_rate_hz), None if end is None else round(end * sample_rate_hz)
        while stop is None or at < stop:
            count = sample_rate_hz if stop is None else min(sample_rate_hz, stop - at)
            block = reader.read(Fraction(at, sample_rate_hz), count)
            blocks.append(block[:, : max(reader.end - at, 0)])
            at += count
            if reader.end < at:
                break
        if reader.error is not None:
            raise reader.error
    return np.concatenate(blocks, axis=1)


def write_wav(path: Path | str, waveform: Waveform, sample_rate_hz: int) -> None:
    """Write a waveform in [-1, 1] as 16-bit PCM; louder samples are clipped."""
    samples = np.clip(np.round(waveform * 32768), -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.T.tobytes())
