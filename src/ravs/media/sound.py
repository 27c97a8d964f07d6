"""The sound of a file as runs of samples on the file's clock, resampled and mixed down to one or two channels."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from jaxtyping import Float32

from ravs.errors import DecodeError
from ravs.media.opening import (
    BREAKS,
    can_jump,
    clock_zero_s,
    open_input,
    reason,
    sound_stream,
    time_base,
    track_start_s,
)

Waveform = Float32[np.ndarray, "channels samples"]
TimedFrame = tuple[AudioFrame, Fraction]

GAP_S = Fraction(1, 20)  # stamps that jitter by less are one run of sound; by more, a gap or a repetition
RUN_IN_S = 2  # sound decoded before the aim of a jump, so that codecs with memory are in step


class Piece(NamedTuple):
    """Samples, and the number of the first one counted from the clock's zero."""

    first: int
    samples: Waveform

    @property
    def end(self) -> int:
        """Number of the sample after the last one."""
        return self.first + int(self.samples.shape[1])


class Run:
    """Frames of sound without a gap between them, resampled as one."""

    def __init__(self, frame: AudioFrame, at_s: Fraction, sample_rate_hz: int, channels: int) -> None:
        """Begin where this frame is presented (push it afterwards)."""
        self._kind = _kind(frame)
        self._next = round(at_s * sample_rate_hz)
        self._end_s = at_s
        layout = "mono" if channels == 1 else "stereo"
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=sample_rate_hz)

    def goes_on(self, frame: AudioFrame, at_s: Fraction) -> bool:
        """Whether this frame follows what was pushed so far."""
        return _kind(frame) == self._kind and abs(at_s - self._end_s) <= GAP_S

    def push(self, frame: AudioFrame | None) -> Iterator[Piece]:
        """The samples that this frame completes; None ends the run."""
        if frame is not None:
            self._end_s += Fraction(frame.samples, frame.sample_rate)
            frame.pts = None  # time is kept here
        for resampled in self._resampler.resample(frame):
            samples = np.clip(resampled.to_ndarray(), -1.0, 1.0).astype(np.float32, copy=False)
            yield Piece(self._next, samples)
            self._next += samples.shape[1]


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


@contextmanager
def open_sound(
    path: Path, sample_rate_hz: int, start_s: Fraction = Fraction(0)
) -> Iterator[tuple[int, Iterator[Piece]]]:
    """How many channels a file's first sound track is mixed down to, and its pieces in the order of time.

    One channel stays one; anything else becomes two. Pieces may overlap where stamps repeat (the earlier counts), and
    begin at the latest at start_s. The pieces raise DecodeError (with time_s) where the file breaks.

    Raises:
        NoSoundError: there is no sound track. DecodeError: no media file.
    """
    with open_input(path) as container:
        stream = sound_stream(container, path)
        channels = 1 if stream.codec_context.layout.nb_channels == 1 else 2
        zero_s = clock_zero_s(container)
        if start_s > RUN_IN_S and can_jump(container):
            container.seek(int((start_s - RUN_IN_S + zero_s) / time_base(stream)), stream=stream)
        pieces = _pieces(_frames(container, stream, path, zero_s), sample_rate_hz, channels)
        yield channels, _cut(pieces, _promised_end(container, stream, zero_s, sample_rate_hz))


def _pieces(frames: Iterator[TimedFrame], sample_rate_hz: int, channels: int) -> Iterator[Piece]:
    """Resampled pieces of a track, one run after another."""
    run: Run | None = None
    for frame, at_s in frames:
        if run is None or not run.goes_on(frame, at_s):
            if run is not None:
                yield from run.push(None)
            run = Run(frame, at_s, sample_rate_hz, channels)
        yield from run.push(frame)
    if run is not None:
        yield from run.push(None)


def _promised_end(container: InputContainer, stream: AudioStream, zero_s: Fraction, sample_rate_hz: int) -> int | None:
    """Where the track says that its sound ends, if it can be believed: encoders fill their last frame up."""
    if not can_jump(container) or stream.duration is None:
        return None
    return round((track_start_s(stream) + stream.duration * time_base(stream) - zero_s) * sample_rate_hz)


def _cut(pieces: Iterator[Piece], end: int | None) -> Iterator[Piece]:
    """Pieces without what lies beyond the end."""
    for piece in pieces:
        kept = piece.samples if end is None else piece.samples[:, : max(end - piece.first, 0)]
        if kept.shape[1]:
            yield Piece(piece.first, kept)


def _frames(container: InputContainer, stream: AudioStream, path: Path, zero_s: Fraction) -> Iterator[TimedFrame]:
    """Decoded frames with their time on the clock. A packet that cannot be decoded leaves a gap."""
    next_s = Fraction(0)
    try:
        for packet in container.demux(stream):
            for frame in _decoded(packet):
                if frame.pts is not None:
                    next_s = frame.pts * time_base(stream) - zero_s
                yield frame, next_s
                next_s += Fraction(frame.samples, frame.sample_rate)
    except BREAKS as error:
        broken = DecodeError(f"{path.name}: the sound cannot be decoded after {float(next_s):.1f} s ({reason(error)}).")
        broken.time_s = float(next_s)
        raise broken from error


def _decoded(packet: "av.Packet[AudioStream]") -> list[AudioFrame]:
    """The frames of a packet, none if it is damaged."""
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return []
