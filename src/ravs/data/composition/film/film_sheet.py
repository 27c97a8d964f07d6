"""A contact sheet of film-like frames: things outlined and named."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ravs.data.composition.film.film_frame import FilmFrame
from ravs.data.composition.film.photographs import IGNORED
from ravs.structures.palette import voc_color

COLUMNS = 8
GAP = 2
MIN_NAMED = 0.003  # of the frame: names of smaller things are left out


def write_film_sheet(path: Path, frames: Sequence[FilmFrame]) -> None:
    """Write an image of frames of one size, eight in a row."""
    side = frames[0].image.shape[0] + GAP
    rows = -(-len(frames) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * side, rows * side))
    for index, frame in enumerate(frames):
        sheet.paste(_draw_tile(frame), (index % COLUMNS * side, index // COLUMNS * side))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _draw_tile(frame: FilmFrame) -> Image.Image:
    pixels = frame.image.copy()
    for number in (*range(1, len(frame.objects) + 1), IGNORED):
        pixels[_outline(frame.instances == number)] = (255, 255, 255) if number == IGNORED else _color(number)
    tile = Image.fromarray(pixels)
    draw, font = ImageDraw.Draw(tile), ImageFont.load_default(12)
    for number, obj in enumerate(frame.objects, 1):
        rows, columns = np.nonzero(frame.instances == number)
        if len(rows) >= MIN_NAMED * frame.instances.size:
            center, color = (float(columns.mean()), float(rows.mean())), _color(number)
            text = obj.class_name + ("" if obj.natural else " +")
            draw.text(center, text, color, font, anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0))
    return tile


def _color(number: int) -> tuple[int, int, int]:
    red, green, blue = voc_color(number)
    return max(red, 64), max(green, 64), max(blue, 64)


def _outline(mask: np.ndarray) -> np.ndarray:
    """The pixels of a mask that have a neighbor outside it."""
    padded = np.pad(mask, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner, bool)
