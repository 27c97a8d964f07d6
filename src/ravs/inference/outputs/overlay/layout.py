"""Where everything of the strip lies, for pictures of any size."""

from dataclasses import dataclass
from fractions import Fraction

from ravs.inference.outputs.overlay.style import font, text_size

MAX_HEIGHT_SHARE = 0.4  # of the picture's height
CLOCK_SAMPLE = "00:00"
MIN_TIME_COLUMNS = 8  # of time


@dataclass(frozen=True, slots=True)
class StripLayout:
    """Pixels; places inside the band are counted from its top."""

    width: int
    top: int  # row of the picture where the band begins, even; it reaches to the bottom
    height: int  # even
    text: int  # height of letters
    margin: int
    left: int  # columns of time
    right: int
    rows: int  # of classes, as many as have room

    @classmethod
    def of(cls, width: int, height: int, names: list[str]) -> "StripLayout | None":
        """For a picture of even sides and the names of the classes that sound; None where a strip has no room.

        A picture that is too narrow for the clock beside the waveform has neither the clock nor the names.
        """
        room = int(MAX_HEIGHT_SHARE * height / band_height(100, 0) * 100)
        text, rows = min(text_size(width, height), room), len(names)
        margin = round(0.7 * text)
        if text < 1 or width - 2 * margin < MIN_TIME_COLUMNS:
            return None
        while rows and band_height(text, rows) > MAX_HEIGHT_SHARE * height:
            rows -= 1
        band = band_height(text, rows)
        clock, *words = (font(text).getlength(word) for word in (CLOCK_SAMPLE, *names[:rows]))
        left = min(round(max(clock, *words, 0)) + 2 * margin, width // 3)
        if left < margin + clock:
            left = margin
        return cls(width, height - band, band, text, margin, left, width - margin, rows)

    @property
    def has_words(self) -> bool:
        """Whether there is a column for the clock and the names."""
        return self.left > self.margin

    @property
    def wave(self) -> tuple[float, float]:
        """Middle and half height of the waveform."""
        return 1.75 * self.text, 1.25 * self.text

    def row_middle(self, index: int) -> float:
        """Middle of a class's row."""
        return (3.8 + 1.3 * index) * self.text

    def column(self, time_s: Fraction, span_s: tuple[Fraction, Fraction]) -> int:
        """The column of a time, kept inside the strip."""
        share = (time_s - span_s[0]) / max(span_s[1] - span_s[0], Fraction(1, 1000))
        return round(self.left + min(max(share, Fraction(0)), Fraction(1)) * (self.right - self.left))


def band_height(text: int, rows: int) -> int:
    """Of a band with so many rows; even."""
    return round((3.4 + (1.3 * rows + 0.15 if rows else 0)) * text / 2) * 2
