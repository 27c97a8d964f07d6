"""Runs of audio: frames that follow each other without a gap, resampled together and placed on the clock."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from av.audio.frame import AudioFrame

from ravs.media.channels import ChannelLayout, Downmixer, Samples

GAP_S = Fraction(1, 20)  # time stamps that are off by less continue a run; by more, there is a gap or a repetition
SHIFT_S = Fraction(1, 50)  # the same where stamps stay off in one direction
MAX_SHIFTED_FRAMES = 8  # for this many frames in a row


class AudioChunk(NamedTuple):
    """Samples, and the index of the first one, counted from the clock's zero."""

    first: int
    samples: Samples

    @property
    def end(self) -> int:
        """Index of the sample after the last one."""
        return self.first + int(self.samples.shape[1])


class FrameSequence:
    """Decoded frames of one sample format that follow each other without a gap."""

    def __init__(self) -> None:
        """Start empty."""
        self.next_s: Fraction | None = None  # when the next frame is expected
        self._format: tuple[str, str, int] | None = None
        self._shifted = 0  # how many of the last frames were early (below 0) or late, in a row

    def continues(self, frame: AudioFrame, at_s: Fraction) -> bool:
        """Whether this frame continues the sequence; the first one does."""
        if self.next_s is None:
            return True
        return (
            _sample_format(frame) == self._format
            and abs(at_s - self.next_s) <= GAP_S
            and abs(self._shifted) < MAX_SHIFTED_FRAMES
        )

    def add(self, frame: AudioFrame, at_s: Fraction) -> None:
        """Append a frame that continues. Time is that of the first frame plus the number of samples."""
        begin_s = at_s if self.next_s is None else self.next_s
        side = (at_s > begin_s + SHIFT_S) - (at_s < begin_s - SHIFT_S)
        self._shifted = self._shifted + side if side * self._shifted > 0 else side
        self._format = _sample_format(frame)
        self.next_s = begin_s + Fraction(frame.samples, frame.sample_rate)


class AudioRun:
    """Audio frames without a gap between them, resampled together."""

    def __init__(
        self, frame: AudioFrame, layout: ChannelLayout, at_s: Fraction, sample_rate_hz: int, channels: int
    ) -> None:
        """Start at this frame's presentation time (push it afterwards)."""
        self._next = round(at_s * sample_rate_hz)
        self._sequence = FrameSequence()
        self._mixer = Downmixer(frame, layout, sample_rate_hz, channels)

    def continues(self, frame: AudioFrame, at_s: Fraction) -> bool:
        """Whether this frame continues the run."""
        return self._sequence.continues(frame, at_s)

    def push(self, frame: AudioFrame | None, at_s: Fraction = Fraction(0)) -> Iterator[AudioChunk]:
        """The samples that this frame completes, mixed but not clipped yet; None ends the run."""
        if frame is not None:
            self._sequence.add(frame, at_s)
        for samples in self._mixer.push(frame):
            yield AudioChunk(self._next, samples)
            self._next += samples.shape[1]


def _sample_format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
