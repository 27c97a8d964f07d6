"""The strip at the bottom: the waveform, which class sounds when, and the present instant."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.layout import StripLayout
from ravs.inference.outputs.overlay.style import Color, font, overlay_color
from ravs.media import AudioReader, YuvPlanes
from ravs.structures.clock import format_clock_tenths
from ravs.structures.prediction import Prediction

ENVELOPE_HZ = 16000
MAX_ROWS = 4  # more would hide too much of the picture
MIN_PEAK = 0.02  # a waveform whose loudest sample is below stays flat
BAND_COLOR: Color = (10, 12, 16)
BAND_ALPHA = 184
TEXT_COLOR: Color = (226, 232, 240)
UNPLAYED_BRIGHTNESS = 0.42  # how bright what was not heard yet is

Span = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class, and when it sounds."""

    name: str
    ink: Color
    spans_s: tuple[tuple[float, float], ...]


def class_rows(prediction: Prediction) -> list[ClassRow]:
    """The classes that sound, in the order of their first second."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in prediction.main_events:
        spans.setdefault(event.name, []).append((event.start_s, event.end_s))
    inks = {name: overlay_color(index) for index, name in enumerate(prediction.classes)}
    return [ClassRow(name.replace("_", " "), inks[name], tuple(found)) for name, found in spans.items()]


def longest_sounding(rows: list[ClassRow], count: int) -> list[ClassRow]:
    """So many of the classes, those that sound for the longest time, in the order that they had."""
    lengths = [sum(end_s - start_s for start_s, end_s in row.spans_s) for row in rows]
    kept = sorted(range(len(rows)), key=lambda index: -lengths[index])[:count]
    return [rows[index] for index in sorted(kept)]


class Strip:
    """Painted twice, as heard and as yet to come; the cursor stands where they meet."""

    def __init__(
        self, layout: StripLayout, is_hd: bool, rows: list[ClassRow], span_s: Span, peaks: Float[np.ndarray, " columns"]
    ) -> None:
        """For pictures of this layout and colour matrix that show a span of time, with the sound's envelope."""
        self.layout = layout
        self._is_hd, self._span_s = is_hd, span_s
        self._heard = self._layer(draw_band(self.layout, rows, peaks, span_s, 1.0))
        self._to_come = self._layer(draw_band(self.layout, rows, peaks, span_s, UNPLAYED_BRIGHTNESS))
        self._cursor = self._layer(draw_cursor(self.layout))
        self._cursor_reach = self._cursor.keep[0].shape[1] // 4 * 2
        self._clock: tuple[str, Layer | None] = ("", None)

    @classmethod
    def fit(
        cls,
        size: tuple[int, int],
        is_hd: bool,
        rows: list[ClassRow],
        span_s: Span,
        sound: Path | None = None,
        sound_track: int | None = None,
    ) -> "Strip | None":
        """A strip with as many of the rows as have room on pictures of this size (even sides); None if none has."""
        rows = longest_sounding(rows, MAX_ROWS)
        layout = StripLayout.of(*size, [row.name for row in rows])
        if layout is not None and layout.rows < len(rows):
            rows = longest_sounding(rows, layout.rows)
            layout = StripLayout.of(*size, [row.name for row in rows])
        if layout is None:
            return None
        return cls(layout, is_hd, rows, span_s, envelope(sound, span_s, layout.right - layout.left, sound_track))

    def blend(self, planes: YuvPlanes, time_s: Fraction) -> None:
        """Paint the strip on a picture that is shown at this time."""
        at = self.layout.column(time_s, self._span_s) // 2 * 2
        self._heard.blend(planes, 0, at)
        self._to_come.blend(planes, at)
        replace(self._cursor, left=at - self._cursor_reach).blend(planes)
        text = format_clock_tenths(time_s).rpartition(".")[0]
        if text != self._clock[0] and self.layout.has_words:
            self._clock = (text, self._layer(draw_clock(self.layout, text)))
        if self._clock[1] is not None:
            self._clock[1].blend(planes)

    def _layer(self, picture: Image.Image) -> Layer:
        layer = Layer.of(picture, self._is_hd, top=self.layout.top)
        assert layer is not None  # a band is never empty
        return layer


def envelope(
    sound: Path | None, span_s: Span, columns: int, sound_track: int | None = None
) -> Float[np.ndarray, " columns"]:
    """The loudest sample of each column of time, as a share of the loudest of all; zeros for no sound."""
    peaks = np.zeros(columns, np.float32)
    if sound is None:
        return peaks
    total = round((span_s[1] - span_s[0]) * ENVELOPE_HZ)
    with AudioReader(sound, ENVELOPE_HZ, span_s[0], sound_track) as reader:
        for first in range(0, total, ENVELOPE_HZ):
            count = min(ENVELOPE_HZ, total - first)
            samples = np.abs(reader.read(span_s[0] + Fraction(first, ENVELOPE_HZ), count)).max(axis=0)
            np.maximum.at(peaks, np.arange(first, first + count) * columns // total, samples)
    return peaks / max(float(peaks.max(initial=0)), MIN_PEAK)


def draw_band(
    layout: StripLayout, rows: list[ClassRow], peaks: Float[np.ndarray, " columns"], span_s: Span, brightness: float
) -> Image.Image:
    """The dark band with the waveform, and a bar for each time that a class sounds."""
    picture = Image.new("RGBA", (layout.width, layout.height), (*BAND_COLOR, BAND_ALPHA))
    draw = ImageDraw.Draw(picture)
    middle, reach = layout.wave
    for column, peak in enumerate(peaks.tolist()):
        half = max(reach * peak**0.7, 0.6)
        x = layout.left + column
        draw.line((x, middle - half, x, middle + half), fill=(*dim(TEXT_COLOR, brightness), 255))
    for index, row in enumerate(rows[: layout.rows]):
        y, half = layout.row_middle(index), 0.36 * layout.text
        draw.line((layout.left, y, layout.right, y), fill=(*dim(TEXT_COLOR, 0.25), 255))
        for start_s, end_s in row.spans_s:
            first, last = (layout.column(Fraction(time_s), span_s) for time_s in (start_s, end_s))
            box = (first, y - half, max(last, first + 3) - 1, y + half)
            draw.rounded_rectangle(box, radius=half * 0.6, fill=(*dim(row.ink, brightness), 255))
        name = truncate_name(row.name, layout) if layout.has_words else ""
        draw.text((layout.margin, y), name, font=font(layout.text), fill=(*lighten(row.ink), 255), anchor="lm")
    return picture


def draw_cursor(layout: StripLayout) -> Image.Image:
    """The line of the present instant, its head on the band's upper edge."""
    line = 1 + layout.text // 22  # half its width
    half = max(round(layout.text * 0.28), line) + 1
    picture = Image.new("RGBA", (2 * half, layout.height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((half - line - 1, 0, half + line, layout.height), fill=(0, 0, 0, 110))
    draw.rectangle((half - line, 0, half + line - 1, layout.height), fill=(255, 255, 255, 255))
    draw.polygon([(0, 0), (2 * half - 1, 0), (half, 1.2 * half), (half - 1, 1.2 * half)], fill=(255, 255, 255, 255))
    return picture


def draw_clock(layout: StripLayout, text: str) -> Image.Image:
    """Minutes and seconds beside the waveform."""
    picture = Image.new("RGBA", (layout.left, layout.height), (0, 0, 0, 0))
    place = (layout.margin, layout.wave[0])
    ImageDraw.Draw(picture).text(place, text, font=font(layout.text), fill=(*TEXT_COLOR, 255), anchor="lm")
    return picture


def truncate_name(name: str, layout: StripLayout) -> str:
    """A name that fits its column."""
    letters, room = font(layout.text), layout.left - 2 * layout.margin
    if letters.getlength(name) <= room:
        return name
    while name and letters.getlength(name + "…") > room:
        name = name[:-1]
    return name + "…"


def lighten(ink: Color) -> Color:
    """A colour light enough for letters on the band."""
    red, green, blue = (round(0.6 * c + 0.4 * p) for c, p in zip(ink, TEXT_COLOR, strict=True))
    return red, green, blue


def dim(ink: Color, brightness: float) -> Color:
    """A colour mixed with that of the band."""
    red, green, blue = (round(b + (c - b) * brightness) for c, b in zip(ink, BAND_COLOR, strict=True))
    return red, green, blue
