"""Positions of everything in the timeline strip, for frames of any size."""

from dataclasses import dataclass
from fractions import Fraction

from ravs.inference.outputs.overlay.style import font, text_size

MAX_HEIGHT_SHARE = {"over": 0.4, "below": 1.0}  # of the frame's height
CLOCK_SAMPLE = "00:00"
MIN_TIME_COLUMNS = 8  # of time


@dataclass(frozen=True, slots=True)
class StripLayout:
    """Positions in pixels; rows inside the strip are counted from its top."""

    width: int
    top: int  # row of the frame where the strip begins, even: its height, if the strip is below
    height: int  # even
    text: int  # height of letters
    margin: int
    left: int  # columns of the time axis
    right: int
    rows: int  # with a name each, as many as fit

    @classmethod
    def of(cls, width: int, height: int, names: list[str], place: str = "below") -> "StripLayout | None":
        """The layout for a frame of even sides and the names of the rows; None where a strip does not fit.

        A frame that is too narrow for the clock beside the waveform has neither the clock nor the names.
        """
        highest = MAX_HEIGHT_SHARE[place] * height
        text, rows = min(text_size(width, height), int(highest / strip_height(100, 0) * 100)), len(names)
        margin = round(0.7 * text)
        if text < 1 or width - 2 * margin < MIN_TIME_COLUMNS:
            return None
        while rows and strip_height(text, rows) > highest:
            rows -= 1
        strip = strip_height(text, rows)
        clock, *labels = (font(text).getlength(label) for label in (CLOCK_SAMPLE, *names[:rows]))
        left = min(round(max(clock, *labels, 0)) + 2 * margin, width // 3)
        if left < margin + clock:
            left = margin
        return cls(width, height - (place == "over") * strip, strip, text, margin, left, width - margin, rows)

    @property
    def has_labels(self) -> bool:
        """Whether there is a column for the clock and the names."""
        return self.left > self.margin

    @property
    def wave(self) -> tuple[float, float]:
        """Middle and half the height of the waveform."""
        return 1.75 * self.text, 1.25 * self.text

    def row_middle(self, index: int) -> float:
        """Middle of a row with a name."""
        return (3.8 + 1.3 * index) * self.text

    def column(self, time_s: Fraction, span_s: tuple[Fraction, Fraction]) -> int:
        """The column of a time, clipped to the time axis."""
        share = (time_s - span_s[0]) / max(span_s[1] - span_s[0], Fraction(1, 1000))
        return round(self.left + min(max(share, Fraction(0)), Fraction(1)) * (self.right - self.left))


def strip_height(text: int, rows: int) -> int:
    """Height of a strip with so many rows; even."""
    return round((3.4 + (1.3 * rows + 0.15 if rows else 0)) * text / 2) * 2
