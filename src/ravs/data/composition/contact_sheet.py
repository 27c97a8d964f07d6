"""A contact sheet of composed clips: labelled frames with what sounds tinted, names, and bars of when it sounds."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from ravs.data.composition.composed_clip import ComposedClip
from ravs.data.composition.scene import SECONDS
from ravs.structures.palette import voc_color

TILE_SIDE = 160  # pixels of a frame's side
MARGIN = 150  # left, for the clip's name
LINE_HEIGHT = 14  # height of a bar, or a line of text
GAP = 4
TINT_ALPHA = 0.45
SILENT_COLOR = (150, 150, 150)
BACKGROUND_COLOR = (24, 24, 24)
TEXT_COLOR = (230, 230, 230)


def write_contact_sheet(path: Path, clips: Iterable[ComposedClip]) -> None:
    """One row a clip, written to a picture file."""
    rows = [draw_row(clip) for clip in clips]
    width = max(row.width for row in rows)
    sheet = Image.new("RGB", (width, sum(row.height for row in rows)), BACKGROUND_COLOR)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def draw_row(clip: ComposedClip) -> Image.Image:
    """A clip's five frames, and below them a bar for each thing that is in view or heard."""
    things = [*clip.info["objects"], *([clip.info["off_screen"]] if clip.info["off_screen"] else [])]
    row = Image.new(
        "RGB", (MARGIN + SECONDS * (TILE_SIDE + GAP), TILE_SIDE + LINE_HEIGHT * len(things) + 3 * GAP), BACKGROUND_COLOR
    )
    pen = ImageDraw.Draw(row)
    font = ImageFont.load_default(11)
    for line, words in enumerate(_caption_lines(clip)):
        pen.text((GAP, GAP + line * LINE_HEIGHT), words, TEXT_COLOR, font)
    for second in range(SECONDS):
        tile = Image.fromarray(tint_sounding(clip.frames[second], clip.masks[second])).resize((TILE_SIDE, TILE_SIDE))
        left = MARGIN + second * (TILE_SIDE + GAP)
        row.paste(tile, (left, GAP))
        _name_objects(pen, clip.info["objects"], second, left, font)
    for line, thing in enumerate(things):
        _draw_bar(pen, thing, TILE_SIDE + 2 * GAP + line * LINE_HEIGHT, font)
    return row


def tint_sounding(
    frame: UInt8[np.ndarray, "height width 3"], mask: UInt8[np.ndarray, "height width"]
) -> UInt8[np.ndarray, "height width 3"]:
    """The frame with the colour of its class over every pixel that sounds."""
    colours = np.array([voc_color(index) for index in range(256)], np.float32)
    mixed = frame * (1 - TINT_ALPHA) + colours[mask] * TINT_ALPHA
    return np.where(mask[..., None] > 0, np.rint(mixed), frame).astype(np.uint8)


def _caption_lines(clip: ComposedClip) -> list[str]:
    """What is written beside a clip."""
    info = clip.info
    words = [clip.name, f"negative: {clip.negative_kind}" if clip.negative_kind else ""]
    if info["ambient"]:
        level = "" if info["ambient_snr_db"] is None else f" {info['ambient_snr_db']:.0f} dB"
        words.append(Path(info["ambient"]).stem[:16] + level)
    loudest = float(np.abs(clip.waveform).max())
    levels = np.sqrt(np.square(clip.waveform.astype(np.float64)).mean(axis=1))
    return [*filter(None, words), f"peak {loudest:.2f}", f"left {levels[0]:.3f} right {levels[1]:.3f}"]


def _name_objects(
    pen: ImageDraw.ImageDraw, things: list[dict[str, Any]], second: int, left: int, font: ImageFont.ImageFont | Any
) -> None:
    """Each object's name at its centre: white where it sounds, grey where it is silent."""
    for thing in things:
        place = (left + thing["x"][second] * TILE_SIDE, GAP + thing["y"][second] * TILE_SIDE)
        colour = (255, 255, 255) if thing["sounding_seconds"][second] else SILENT_COLOR
        pen.text(place, thing["class"], colour, font, anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0))


def _draw_bar(pen: ImageDraw.ImageDraw, thing: dict[str, Any], top: int, font: ImageFont.ImageFont | Any) -> None:
    """Name, thin bars of its events, thick ones of the seconds that it belongs to."""
    off_screen = "x" not in thing
    pen.text((GAP, top), f"{thing['class']}{' (off-screen)' if off_screen else ''}", TEXT_COLOR, font)
    colour = voc_color(thing["index"]) if thing["index"] else SILENT_COLOR
    for second, sounds in enumerate(thing["sounding_seconds"]):
        left = MARGIN + second * (TILE_SIDE + GAP)
        pen.rectangle((left, top + 1, left + TILE_SIDE, top + LINE_HEIGHT - 3), fill=colour if sounds else (45, 45, 45))
    for event in thing["events_s"]:
        start, stop = (MARGIN + moment * (TILE_SIDE + GAP) for moment in event)
        pen.rectangle((start, top + 5, stop, top + 7), fill=TEXT_COLOR)
