"""Draws a grid of images: a row per kind, a column per second, times above, a legend below."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.style import Color, font

COLUMNS = 5  # seconds side by side; later ones follow below
GAP = 8
MARGIN = 24
TEXT_SIZE = 20
TITLE_SIZE = 26
LINE_HEIGHT = 28  # height of a line of text with padding
MIN_CELL_WIDTH = 84  # least width of a column, so that a time fits above
ROW_NAME_WIDTH = 34  # width of a row's rotated name
BAR_SIZE = (360, 20)  # pixels of a color bar
TEXT_COLOR: Color = (28, 30, 36)
NOTE_COLOR: Color = (104, 108, 118)
BACKGROUND_COLOR: Color = (255, 255, 255)


@dataclass(frozen=True, slots=True, eq=False)
class ImageRow:
    """Images of one kind, one per second and all of one size, with a note below each."""

    name: str
    images: Sequence[UInt8[np.ndarray, "height width 3"]]
    notes: Sequence[str] = ()


def draw_sheet(
    title: str, subject: str, times: Sequence[str], rows: Sequence[ImageRow], legend: Sequence[Image.Image]
) -> Image.Image:
    """Draw the complete grid; `subject` stands in a paler color behind the title."""
    bands = [draw_band(times, rows, first) for first in range(0, len(times), COLUMNS)]
    head = draw_head(title, subject)
    full = band_width(COLUMNS, max(rows[0].images[0].shape[1], MIN_CELL_WIDTH))
    parts = [head, *bands, *wrap_images(legend, max(head.width, full))]
    width = max(part.width for part in parts) + 2 * MARGIN
    sheet = Image.new("RGB", (width, 2 * MARGIN + sum(part.height + MARGIN // 2 for part in parts)), BACKGROUND_COLOR)
    top = MARGIN
    for part in parts:
        sheet.paste(part, (MARGIN, top))
        top += part.height + MARGIN // 2
    return sheet


def draw_band(times: Sequence[str], rows: Sequence[ImageRow], first: int) -> Image.Image:
    """Draw up to COLUMNS seconds from `first` on: times above, then the rows."""
    tall, wide = rows[0].images[0].shape[:2]
    cell = max(wide, MIN_CELL_WIDTH)
    columns = range(first, min(first + COLUMNS, len(times)))
    heights = [tall + (LINE_HEIGHT if row.notes else GAP) for row in rows]
    band = Image.new("RGB", (band_width(len(columns), cell), LINE_HEIGHT + sum(heights)), BACKGROUND_COLOR)
    draw = ImageDraw.Draw(band)
    for column, index in enumerate(columns):
        left, top = ROW_NAME_WIDTH + column * (cell + GAP), LINE_HEIGHT
        draw.text((left + cell / 2, LINE_HEIGHT / 2), times[index], TEXT_COLOR, font(TEXT_SIZE), anchor="mm")
        for row, height in zip(rows, heights, strict=True):
            band.paste(Image.fromarray(row.images[index]), (left + (cell - wide) // 2, top))
            if row.notes:
                text = cut_to_width(row.notes[index], cell)
                draw.text(
                    (left + cell / 2, top + tall + LINE_HEIGHT / 2), text, NOTE_COLOR, font(TEXT_SIZE - 2), anchor="mm"
                )
            top += height
    for row, top in zip(rows, np.cumsum([LINE_HEIGHT, *heights[:-1]]), strict=True):
        name = draw_text(cut_to_width(row.name, tall - GAP), TEXT_COLOR).rotate(90, expand=True)
        band.paste(name, (0, int(top) + (tall - name.height) // 2))
    return band


def band_width(columns: int, cell: int) -> int:
    """The width of row names and columns of this cell width."""
    return ROW_NAME_WIDTH + columns * (cell + GAP) - GAP


def draw_head(title: str, subject: str) -> Image.Image:
    """Draw the title with the subject behind it."""
    return side_by_side([draw_text(title, TEXT_COLOR, TITLE_SIZE), draw_text(subject, NOTE_COLOR)])


def draw_text(text: str, color: Color, size: int = TEXT_SIZE) -> Image.Image:
    """Draw a line of text."""
    line = Image.new("RGB", (max(round(font(size).getlength(text)), 1), LINE_HEIGHT + 4), BACKGROUND_COLOR)
    ImageDraw.Draw(line).text((0, LINE_HEIGHT - 6), text, color, font(size), anchor="ls")
    return line


def draw_swatch(color: Color, text: str) -> Image.Image:
    """Draw a small square of a color with its meaning."""
    square = Image.new("RGB", (TEXT_SIZE - 2, LINE_HEIGHT + 4), BACKGROUND_COLOR)
    ImageDraw.Draw(square).rectangle((0, 6, TEXT_SIZE - 3, LINE_HEIGHT - 5), fill=color)
    return side_by_side([square, draw_text(text, NOTE_COLOR)], GAP)


def draw_bar(colors: Float[np.ndarray, "colors 3"], ticks: dict[int | float, str]) -> Image.Image:
    """Draw a color bar; `ticks` maps shares of its width to the text below."""
    wide, tall = BAR_SIZE
    drawn = Image.new("RGB", (wide + 2 * MARGIN, tall + 2 + LINE_HEIGHT), BACKGROUND_COLOR)
    indices = np.arange(wide) * len(colors) // wide
    drawn.paste(Image.fromarray(np.tile(np.rint(colors[indices]).astype(np.uint8), (tall, 1, 1))), (MARGIN, 2))
    draw = ImageDraw.Draw(drawn)
    for share, text in ticks.items():
        x = MARGIN + round(share * (wide - 1))
        draw.line((x, tall - 2, x, tall + 5), TEXT_COLOR, 2)
        draw.text((x, tall + 6), text, NOTE_COLOR, font(TEXT_SIZE - 2), anchor="mt")
    return drawn


def side_by_side(parts: Sequence[Image.Image], gap: int = MARGIN) -> Image.Image:
    """Place images side by side, aligned at the top."""
    width, height = sum(part.width + gap for part in parts) - gap, max(part.height for part in parts)
    line = Image.new("RGB", (width, height), BACKGROUND_COLOR)
    left = 0
    for part in parts:
        line.paste(part, (left, 0))
        left += part.width + gap
    return line


def wrap_images(parts: Sequence[Image.Image], width: int) -> list[Image.Image]:
    """Place images side by side in as many lines as needed; a wider one gets its own line."""
    lines: list[list[Image.Image]] = [[]]
    for part in parts:
        if lines[-1] and sum(other.width + MARGIN for other in lines[-1]) + part.width > width:
            lines.append([])
        lines[-1].append(part)
    return [side_by_side(line) for line in lines]


def cut_to_width(text: str, width: int) -> str:
    """The text, cut with an ellipsis to fit the width."""
    letters = font(TEXT_SIZE - 2)
    if letters.getlength(text) <= width:
        return text
    while text and letters.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def as_png(sheet: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    sheet.save(file, format="PNG")
    return file.getvalue()
