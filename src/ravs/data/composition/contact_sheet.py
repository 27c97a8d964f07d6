"""A contact sheet of composed clips: labelled frames with sounding pixels tinted, names, and bars of events."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from ravs.data.composition.composed_clip import ComposedClip
from ravs.data.composition.scene import SECONDS
from ravs.structures.palette import PALETTE, voc_color

TILE_SIDE = 160  # pixels
MARGIN = 150  # left, for the clip's name
LINE_HEIGHT = 14  # pixels of a bar, or a line of text
GAP = 4
TINT_ALPHA = 0.45
SILENT_COLOR = (150, 150, 150)
BACKGROUND_COLOR = (24, 24, 24)
TEXT_COLOR = (230, 230, 230)


def write_contact_sheet(path: Path, clips: Iterable[ComposedClip]) -> None:
    """Write an image with one row per clip."""
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
    """A clip's five frames, and below them a bar for each object in view and each off-screen source."""
    objects = [*clip.info["objects"], *([clip.info["off_screen"]] if clip.info["off_screen"] else [])]
    row = Image.new(
        "RGB",
        (MARGIN + SECONDS * (TILE_SIDE + GAP), TILE_SIDE + LINE_HEIGHT * len(objects) + 3 * GAP),
        BACKGROUND_COLOR,
    )
    draw = ImageDraw.Draw(row)
    font = ImageFont.load_default(11)
    for line, text in enumerate(_caption_lines(clip)):
        draw.text((GAP, GAP + line * LINE_HEIGHT), text, TEXT_COLOR, font)
    for second in range(SECONDS):
        tile = Image.fromarray(tint_sounding(clip.frames[second], clip.masks[second])).resize((TILE_SIDE, TILE_SIDE))
        left = MARGIN + second * (TILE_SIDE + GAP)
        row.paste(tile, (left, GAP))
        _name_objects(draw, clip.info["objects"], second, left, font)
    for line, obj in enumerate(objects):
        _draw_bar(draw, obj, TILE_SIDE + 2 * GAP + line * LINE_HEIGHT, font)
    return row


def tint_sounding(
    frame: UInt8[np.ndarray, "height width 3"], mask: UInt8[np.ndarray, "height width"]
) -> UInt8[np.ndarray, "height width 3"]:
    """The frame with every sounding pixel blended with its class color."""
    palette = PALETTE.astype(np.float32)
    blended = frame * (1 - TINT_ALPHA) + palette[mask] * TINT_ALPHA
    return np.where(mask[..., None] > 0, np.rint(blended), frame).astype(np.uint8)


def _caption_lines(clip: ComposedClip) -> list[str]:
    """The lines of text left of a clip."""
    info = clip.info
    lines = [clip.name, f"negative: {clip.negative_kind}" if clip.negative_kind else ""]
    if info["ambient"]:
        level = "" if info["ambient_snr_db"] is None else f" {info['ambient_snr_db']:.0f} dB"
        lines.append(Path(info["ambient"]).stem[:16] + level)
    peak = float(np.abs(clip.waveform).max())
    levels = np.sqrt(np.square(clip.waveform.astype(np.float64)).mean(axis=1))
    return [*filter(None, lines), f"peak {peak:.2f}", f"left {levels[0]:.3f} right {levels[1]:.3f}"]


def _name_objects(
    draw: ImageDraw.ImageDraw, objects: list[dict[str, Any]], second: int, left: int, font: ImageFont.ImageFont | Any
) -> None:
    """Write each object's name at its center: white where it sounds, gray where it is silent."""
    for obj in objects:
        center = (left + obj["x"][second] * TILE_SIDE, GAP + obj["y"][second] * TILE_SIDE)
        color = (255, 255, 255) if obj["sounding_seconds"][second] else SILENT_COLOR
        draw.text(center, obj["class"], color, font, anchor="mm", stroke_width=2, stroke_fill=(0, 0, 0))


def _draw_bar(draw: ImageDraw.ImageDraw, obj: dict[str, Any], top: int, font: ImageFont.ImageFont | Any) -> None:
    """Draw a name, thick bars for the seconds in which the object sounds, and thin ones for its events."""
    off_screen = "x" not in obj
    draw.text((GAP, top), f"{obj['class']}{' (off-screen)' if off_screen else ''}", TEXT_COLOR, font)
    color = voc_color(obj["index"]) if obj["index"] else SILENT_COLOR
    for second, sounds in enumerate(obj["sounding_seconds"]):
        left = MARGIN + second * (TILE_SIDE + GAP)
        draw.rectangle((left, top + 1, left + TILE_SIDE, top + LINE_HEIGHT - 3), fill=color if sounds else (45, 45, 45))
    for event in obj["events_s"]:
        start, stop = (MARGIN + time_s * (TILE_SIDE + GAP) for time_s in event)
        draw.rectangle((start, top + 5, stop, top + 7), fill=TEXT_COLOR)
