"""The timeline strip at the bottom: the waveform, which class sounds when, and a cursor at the current time."""

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
MAX_ROWS = 4  # more would hide too much of the frame
MIN_PEAK = 0.02  # a waveform whose peak is below stays flat
BAND_COLOR: Color = (10, 12, 16)
BAND_ALPHA = 184
TEXT_COLOR: Color = (226, 232, 240)
UNPLAYED_BRIGHTNESS = 0.42  # of the part to the right of the cursor

Span = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class and the times at which it sounds."""

    name: str
    color: Color
    spans_s: tuple[tuple[float, float], ...]


def class_rows(prediction: Prediction) -> list[ClassRow]:
    """The sounding classes, in the order of their first second."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in prediction.main_events:
        spans.setdefault(event.name, []).append((event.start_s, event.end_s))
    colors = {name: overlay_color(index) for index, name in enumerate(prediction.classes)}
    return [ClassRow(name.replace("_", " "), colors[name], tuple(times)) for name, times in spans.items()]


def longest_sounding(rows: list[ClassRow], count: int) -> list[ClassRow]:
    """The `count` classes that sound longest, in their original order."""
    lengths = [sum(end_s - start_s for start_s, end_s in row.spans_s) for row in rows]
    longest = sorted(range(len(rows)), key=lambda index: -lengths[index])[:count]
    return [rows[index] for index in sorted(longest)]


class Strip:
    """Drawn twice, bright up to the cursor and dim after it."""

    def __init__(
        self, layout: StripLayout, is_hd: bool, rows: list[ClassRow], span_s: Span, peaks: Float[np.ndarray, " columns"]
    ) -> None:
        """A strip of this layout and color matrix for a span of time, with the audio's envelope."""
        self.layout = layout
        self._is_hd, self._span_s = is_hd, span_s
        self._played = self._layer(draw_band(self.layout, rows, peaks, span_s, 1.0))
        self._unplayed = self._layer(draw_band(self.layout, rows, peaks, span_s, UNPLAYED_BRIGHTNESS))
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
        """A strip with as many rows as fit on frames of this size (even sides); None if no strip fits."""
        rows = longest_sounding(rows, MAX_ROWS)
        layout = StripLayout.of(*size, [row.name for row in rows])
        if layout is not None and layout.rows < len(rows):
            rows = longest_sounding(rows, layout.rows)
            layout = StripLayout.of(*size, [row.name for row in rows])
        if layout is None:
            return None
        return cls(layout, is_hd, rows, span_s, envelope(sound, span_s, layout.right - layout.left, sound_track))

    def blend(self, planes: YuvPlanes, time_s: Fraction) -> None:
        """Draw the strip on a frame that is shown at this time."""
        at = self.layout.column(time_s, self._span_s) // 2 * 2
        self._played.blend(planes, 0, at)
        self._unplayed.blend(planes, at)
        replace(self._cursor, left=at - self._cursor_reach).blend(planes)
        text = format_clock_tenths(time_s).rpartition(".")[0]
        if text != self._clock[0] and self.layout.has_labels:
            self._clock = (text, self._layer(draw_clock(self.layout, text)))
        if self._clock[1] is not None:
            self._clock[1].blend(planes)

    def _layer(self, image: Image.Image) -> Layer:
        layer = Layer.of(image, self._is_hd, top=self.layout.top)
        assert layer is not None  # a band is never empty
        return layer


def envelope(
    sound: Path | None, span_s: Span, columns: int, sound_track: int | None = None
) -> Float[np.ndarray, " columns"]:
    """The peak of each column of time, as a share of the highest peak; zeros without audio."""
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
    """The dark band with the waveform, and a bar for each span in which a class sounds."""
    image = Image.new("RGBA", (layout.width, layout.height), (*BAND_COLOR, BAND_ALPHA))
    draw = ImageDraw.Draw(image)
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
            draw.rounded_rectangle(box, radius=half * 0.6, fill=(*dim(row.color, brightness), 255))
        name = truncate_name(row.name, layout) if layout.has_labels else ""
        draw.text((layout.margin, y), name, font=font(layout.text), fill=(*lighten(row.color), 255), anchor="lm")
    return image


def draw_cursor(layout: StripLayout) -> Image.Image:
    """The line of the cursor, its head at the upper edge of the band."""
    line = 1 + layout.text // 22  # half its width
    half = max(round(layout.text * 0.28), line) + 1
    image = Image.new("RGBA", (2 * half, layout.height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((half - line - 1, 0, half + line, layout.height), fill=(0, 0, 0, 110))
    draw.rectangle((half - line, 0, half + line - 1, layout.height), fill=(255, 255, 255, 255))
    draw.polygon([(0, 0), (2 * half - 1, 0), (half, 1.2 * half), (half - 1, 1.2 * half)], fill=(255, 255, 255, 255))
    return image


def draw_clock(layout: StripLayout, text: str) -> Image.Image:
    """Minutes and seconds beside the waveform."""
    image = Image.new("RGBA", (layout.left, layout.height), (0, 0, 0, 0))
    position = (layout.margin, layout.wave[0])
    ImageDraw.Draw(image).text(position, text, font=font(layout.text), fill=(*TEXT_COLOR, 255), anchor="lm")
    return image


def truncate_name(name: str, layout: StripLayout) -> str:
    """A name, cut off where it would leave its column."""
    face, room = font(layout.text), layout.left - 2 * layout.margin
    if face.getlength(name) <= room:
        return name
    while name and face.getlength(name + "…") > room:
        name = name[:-1]
    return name + "…"


def lighten(color: Color) -> Color:
    """A color that is light enough for text on the band."""
    red, green, blue = (round(0.6 * c + 0.4 * p) for c, p in zip(color, TEXT_COLOR, strict=True))
    return red, green, blue


def dim(color: Color, brightness: float) -> Color:
    """A color mixed with that of the band."""
    red, green, blue = (round(b + (c - b) * brightness) for c, b in zip(color, BAND_COLOR, strict=True))
    return red, green, blue
