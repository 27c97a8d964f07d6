"""Draws the parts of the timeline strip: band, cursor, clock and the scale of the uncertainty."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.class_rows import ClassRow
from ravs.inference.outputs.overlay.layout import StripLayout
from ravs.inference.outputs.overlay.style import Color, font
from ravs.inference.outputs.overlay.uncertainty_map import scale_colors
from ravs.inference.outputs.source_part import Span

BAND_COLOR: Color = (10, 12, 16)
TEXT_COLOR: Color = (226, 232, 240)
SCALE_NAME = "uncertainty"
SCALE_WIDTH = 12  # heights of a letter


@dataclass(frozen=True, slots=True)
class StripContent:
    """What a strip shows."""

    span_s: Span
    rows: list[ClassRow]
    peaks: Float[np.ndarray, " columns"]  # of the audio, 0 to 1
    scale: float | None = None  # the uncertainty at the top of the color scale, which is the last row


def draw_band(layout: StripLayout, content: StripContent, brightness: float, alpha: int) -> Image.Image:
    """The dark band with the waveform, and a bar for each span in which a class sounds."""
    image = Image.new("RGBA", (layout.width, layout.height), (*BAND_COLOR, alpha))
    draw = ImageDraw.Draw(image)
    middle, reach = layout.wave
    for column, peak in enumerate(content.peaks.tolist()):
        half = max(reach * peak**0.7, 0.6)
        x = layout.left + column
        draw.line((x, middle - half, x, middle + half), fill=(*dim(TEXT_COLOR, brightness), 255))
    for index, row in enumerate(content.rows):
        draw_row(draw, layout, row, layout.row_middle(index), content.span_s, brightness)
    if content.scale is not None:
        draw_scale(draw, layout, layout.row_middle(len(content.rows)), content.scale)
    return image


def draw_row(
    draw: ImageDraw.ImageDraw, layout: StripLayout, row: ClassRow, y: float, span_s: Span, brightness: float
) -> None:
    """The name of a class, and a bar for each span in which it sounds."""
    half = 0.36 * layout.text
    draw.line((layout.left, y, layout.right, y), fill=(*dim(TEXT_COLOR, 0.25), 255))
    for start_s, end_s in row.spans_s:
        first, last = (layout.column(Fraction(time_s), span_s) for time_s in (start_s, end_s))
        box = (first, y - half, max(last, first + 3) - 1, y + half)
        draw.rounded_rectangle(box, radius=half * 0.6, fill=(*dim(row.color, brightness), 255))
    draw_label(draw, layout, row.text, y, lighten(row.color))


def draw_scale(draw: ImageDraw.ImageDraw, layout: StripLayout, y: float, scale: float) -> None:
    """The colors of the uncertainty map from 0 to the top of its scale."""
    half, face = round(0.36 * layout.text), font(layout.text)
    zero, top = "0", f"{scale:g}"
    draw_label(draw, layout, SCALE_NAME, y, TEXT_COLOR)
    draw.text((layout.left, y), zero, font=face, fill=(*TEXT_COLOR, 255), anchor="lm")
    gap = round(0.5 * layout.text)
    first = layout.left + round(face.getlength(zero)) + gap
    last = min(first + SCALE_WIDTH * layout.text, layout.right - gap - round(face.getlength(top)))
    for x, color in zip(range(first, last), scale_colors(last - first), strict=True):
        draw.line((x, y - half, x, y + half), fill=(*color, 255))
    draw.text((max(first, last) + gap, y), top, font=face, fill=(*TEXT_COLOR, 255), anchor="lm")


def draw_label(draw: ImageDraw.ImageDraw, layout: StripLayout, text: str, y: float, color: Color) -> None:
    """The name of a row, where there is a column for names."""
    if layout.has_labels:
        name = truncate_name(text, layout)
        draw.text((layout.margin, y), name, font=font(layout.text), fill=(*color, 255), anchor="lm")


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
