"""The instants at which masks are predicted: for each, the frame and the second of audio."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from ravs.errors import DecodeError
from ravs.media.displayed_frame import DisplayedFrame

MIN_REST_S = Fraction(1, 10)  # a shorter rest at the end belongs to the window before it


class MediaWindow(NamedTuple):
    """The second of audio that ends at end_s, and the last frame shown before that."""

    frame: DisplayedFrame
    end_s: Fraction
    short: bool  # the source ends earlier


@dataclass(frozen=True, slots=True)
class WindowSchedule:
    """When windows end: every 1/rate seconds from start_s, or (rate None) with every frame."""

    rate: Fraction | None
    start_s: Fraction | None = None  # default: the first frame
    end_s: Fraction | None = None  # default: the end of the last frame

    def windows(self, frames: Iterator[DisplayedFrame]) -> Iterator[MediaWindow]:
        """The windows of these frames, always at least one.

        A rest at the end that is shorter than a tenth of a second (or half a step) belongs to the last window, which
        then shows the last frame. A longer rest is a window of its own, marked short.

        Raises:
            DecodeError: from `frames`, after all windows that end before.
        """
        if self.rate is None:
            yield from (MediaWindow(frame, self._cut(frame.end_s), False) for frame in frames)
        else:
            yield from self._steady(frames, 1 / self.rate)

    def _steady(self, frames: Iterator[DisplayedFrame], step_s: Fraction) -> Iterator[MediaWindow]:
        """Windows one step apart. The newest is held back, since the end of the video may still change its frame."""
        state = _WindowState(step_s)
        broken: DecodeError | None = None
        try:
            for frame in frames:
                if state.last is None:
                    state.next_s = max(frame.time_s, self.start_s or frame.time_s) + step_s
                else:
                    yield from state.until(frame.time_s)
                state.last = frame
        except DecodeError as error:
            broken = error
        if state.last is not None:
            end_s = self._cut(state.last.end_s)
            yield from state.until(end_s)
            yield from state.finish(end_s, broken is not None)
        if broken is not None:
            raise broken

    def _cut(self, end_s: Fraction) -> Fraction:
        return end_s if self.end_s is None else min(end_s, self.end_s)


@dataclass(slots=True)
class _WindowState:
    """The last frame seen, the newest window, which is held back, and when the next one ends."""

    step_s: Fraction
    next_s: Fraction = Fraction(0)
    last: DisplayedFrame | None = None
    held: MediaWindow | None = None

    def until(self, time_s: Fraction) -> Iterator[MediaWindow]:
        """Yield the windows that end at this time or before, all but the newest."""
        while self.last is not None and self.next_s <= time_s:
            if self.held is not None:
                yield self.held
            self.held = MediaWindow(self.last, self.next_s, False)
            self.next_s += self.step_s

    def finish(self, end_s: Fraction, broken: bool) -> Iterator[MediaWindow]:
        """Yield the held window and the rest, if any; a file that broke has no rest."""
        rest_s = end_s - (self.next_s - self.step_s)
        is_separate = not broken and rest_s >= min(MIN_REST_S, self.step_s / 2)
        if self.held is not None:
            merges = not is_separate and not broken
            yield self.held._replace(frame=self.last or self.held.frame) if merges else self.held
        if self.last is not None and (is_separate or (self.held is None and not broken)):
            begin_s = self.next_s - self.step_s
            rest_end_s = min(self.next_s, begin_s + max(ceil(rest_s), 1))  # of the second in which the source ends
            yield MediaWindow(self.last, rest_end_s, rest_end_s > end_s)
