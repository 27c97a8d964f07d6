"""Read sound forward, piece by piece in bounded memory, or whole; and write it."""

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
    """A sound track read forward: pieces are asked for in the order of their start, and memory stays bounded.

    Before, between and after the track's samples is silence. A context manager: leaving it closes the file.
    """

    def __init__(
        self, path: Path, sample_rate_hz: int, start_s: Fraction = Fraction(0), track: int | None = None
    ) -> None:
        """Open a file, or one of its tracks, of which nothing before start_s will be asked for.

        Raises: as open_audio does.
        """
        self.sample_rate_hz = sample_rate_hz
        self.error: DecodeError | None = None  # why the track broke off, if it did
        self.end = 0  # number of samples from the clock's zero to the end of what was decoded
        self._kept: deque[AudioChunk] = deque()
        self._stack = ExitStack()
        self.channels, self._pieces = self._stack.enter_context(open_audio(path, sample_rate_hz, start_s, track))

    def __enter__(self) -> "AudioReader":
        """The reader itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._stack.close()

    def read(self, start_s: Fraction, count: int) -> Waveform:
        """`count` samples from this time on, (channels, count)."""
        first = round(start_s * self.sample_rate_hz)
        while self._kept and self._kept[0].end <= first:
            self._kept.popleft()
        while self.end < first + count and self._fetch(first):
            pass
        out = np.zeros((self.channels, count), np.float32)
        for piece in self._kept:
            low, high = max(piece.first, first), min(piece.end, first + count)
            if low < high:
                out[:, low - first : high - first] = piece.samples[:, low - piece.first : high - piece.first]
        return out

    def _fetch(self, first: int) -> bool:
        """Decode one piece more, and keep what of it is new and not before `first`; False at the end."""
        try:
            piece = next(self._pieces, None)
        except DecodeError as error:
            self.error, piece = error, None
        if piece is None:
            return False
        begin = max(piece.first, self.end) if self.end else piece.first
        if begin < piece.end:
            self.end = piece.end
            if piece.end > first:
                self._kept.append(AudioChunk(begin, piece.samples[:, begin - piece.first :]))
        return True


def read_audio(
    path: Path | str,
    sample_rate_hz: int,
    *,
    start_s: int | float | Fraction | None = None,
    end_s: int | float | Fraction | None = None,
) -> Waveform:
    """The sound of a file, or of a part of it, in memory: (1 or 2 channels, samples) float32 in [-1, 1].

    Args:
        path: any file with a sound track.
        sample_rate_hz: wanted rate.
        start_s, end_s: part on the file's clock; left out, from the clock's zero to the end of the sound. A part
            that reaches beyond the sound's end stops there; sound that starts late begins with silence.

    Raises:
        NoAudioError: there is no sound track. DecodeError: the file is no media, or breaks before the part's end.
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
