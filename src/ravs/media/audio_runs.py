"""Sound in runs: frames that follow each other, resampled as one and laid on the clock."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from av.audio.frame import AudioFrame

from ravs.media.channels import ChannelLayout, Downmixer, Samples

GAP_S = Fraction(1, 20)  # stamps that jitter by less are one run of sound; by more, a gap or a repetition
SHIFT_S = Fraction(1, 50)  # the same where stamps stay off on one side
MAX_SHIFTED_FRAMES = 8  # so many frames in a row


class AudioChunk(NamedTuple):
    """Samples, and the number of the first one counted from the clock's zero."""

    first: int
    samples: Samples

    @property
    def end(self) -> int:
        """Number of the sample after the last one."""
        return self.first + int(self.samples.shape[1])


class FrameSequence:
    """Decoded frames of one kind that follow each other."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.next_s: Fraction | None = None  # where the next frame belongs
        self._kind: tuple[str, str, int] | None = None
        self._shifted = 0  # how many of the last frames were early (below 0) or late, in a row

    def goes_on(self, frame: AudioFrame, at_s: Fraction) -> bool:
        """Whether this frame follows what was added so far; the first one does."""
        if self.next_s is None:
            return True
        return (
            _sample_format(frame) == self._kind
            and abs(at_s - self.next_s) <= GAP_S
            and abs(self._shifted) < MAX_SHIFTED_FRAMES
        )

    def add(self, frame: AudioFrame, at_s: Fraction) -> None:
        """Take a frame that goes on. Time is that of the first one and the number of samples."""
        begin_s = at_s if self.next_s is None else self.next_s
        side = (at_s > begin_s + SHIFT_S) - (at_s < begin_s - SHIFT_S)
        self._shifted = self._shifted + side if side * self._shifted > 0 else side
        self._kind = _sample_format(frame)
        self.next_s = begin_s + Fraction(frame.samples, frame.sample_rate)


class AudioRun:
    """Frames of sound without a gap between them, resampled as one."""

    def __init__(
        self, frame: AudioFrame, layout: ChannelLayout, at_s: Fraction, sample_rate_hz: int, channels: int
    ) -> None:
        """Begin where this frame is presented (push it afterwards)."""
        self._next = round(at_s * sample_rate_hz)
        self._stretch = FrameSequence()
        self._mixer = Downmixer(frame, layout, sample_rate_hz, channels)

    def goes_on(self, frame: AudioFrame, at_s: Fraction) -> bool:
        """Whether this frame follows what was pushed so far."""
        return self._stretch.goes_on(frame, at_s)

    def push(self, frame: AudioFrame | None, at_s: Fraction = Fraction(0)) -> Iterator[AudioChunk]:
        """The samples that this frame completes, as they are mixed: not clipped yet; None ends the run."""
        if frame is not None:
            self._stretch.add(frame, at_s)
        for samples in self._mixer.push(frame):
            yield AudioChunk(self._next, samples)
            self._next += samples.shape[1]


def _sample_format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
