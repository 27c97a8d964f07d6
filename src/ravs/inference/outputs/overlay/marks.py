"""The marks of one mask: a tint and an outline on each thing that sounds, and its name beside it."""

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.style import contrasting_color, font, overlay_color, text_size
from ravs.structures.prediction import FramePrediction

FILL_ALPHA = 92  # of 255: the picture must stay visible below
LINE_WIDTH_SHARE = 1 / 260  # of the height
SHADOW_ALPHA = 120

Box = tuple[int, int, int, int]  # left, top, right, bottom


def draw_masks(frame: FramePrediction, width: int, height: int, floor: int) -> Image.Image:
    """An RGBA picture of the marks.

    Args:
        frame: the mask.
        width, height: of the picture to paint on, at least that of the mask.
        floor: row where the strip begins; names stay above it.
    """
    painted = np.zeros((height, width, 4), np.uint8)
    labels = frame.labels
    for found in frame.objects:
        draw_mask(painted, labels == found.class_id, found.class_id)
    picture = Image.fromarray(painted)
    taken: list[Box] = []
    for found in sorted(frame.main_objects, key=lambda found: found.bbox[1]):
        draw_name(picture, labels == found.class_id, found.class_id, found.name, floor, taken)
    return picture


def draw_mask(
    painted: UInt8[np.ndarray, "height width 4"], mask: Bool[np.ndarray, "mask_height mask_width"], class_id: int
) -> None:
    """Tint, outline and its shadow, on the pixels around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return
    line = max(1, round(painted.shape[0] * LINE_WIDTH_SHARE))
    top, left = max(rows[0] - 2 * line, 0), max(columns[0] - 2 * line, 0)
    part = np.s_[top : rows[-1] + 1 + 2 * line, left : columns[-1] + 1 + 2 * line]
    inside = np.zeros(painted.shape[:2], bool)
    inside[: mask.shape[0], : mask.shape[1]] = mask
    inside, target = inside[part], painted[part]
    shadow = dilate(inside, line) & ~inside
    outline = inside & dilate(~inside, line)
    target[shadow & (target[..., 3] == 0)] = (0, 0, 0, SHADOW_ALPHA)
    target[inside] = (*overlay_color(class_id), FILL_ALPHA)
    target[outline] = (*overlay_color(class_id), 255)


def dilate(mask: Bool[np.ndarray, "rows columns"], steps: int) -> Bool[np.ndarray, "rows columns"]:
    """A mask grown by so many pixels, alternately up, down and sideways, and to all sides: nearly a disk."""
    for step in range(steps):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        if step % 2:
            mask = mask | padded[:-2, :-2] | padded[2:, 2:] | padded[:-2, 2:] | padded[2:, :-2]
    return mask


def draw_name(
    picture: Image.Image,
    mask: Bool[np.ndarray, "mask_height mask_width"],
    class_id: int,
    name: str,
    floor: int,
    taken: list[Box],
) -> None:
    """A name on a plate above the top of its mask, where no other name is; its place is added to `taken`."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return
    letters = font(text_size(*picture.size))
    text = name.replace("_", " ")
    wide = round(letters.getlength(text))
    pad = round(0.35 * text_size(*picture.size))
    wide, tall = wide + 2 * pad, text_size(*picture.size) + 2 * pad
    summit = np.flatnonzero(mask[rows[0] : rows[0] + max(1, len(rows) // 8)].any(axis=0))
    left = min(max(round(summit.mean() - wide / 2), 0), max(picture.width - wide, 0))
    top = max(int(rows[0]) - tall - pad, 0)
    while (
        above := next((box for box in taken if overlap(box, (left, top, left + wide, top + tall))), None)
    ) is not None:
        top = above[3] + 2
    top = max(min(top, floor - tall - 2), 0)
    taken.append((left, top, left + wide, top + tall))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle(taken[-1], radius=tall // 3, fill=(*overlay_color(class_id), 235))
    draw.text(
        (left + wide / 2, top + tall / 2),
        text,
        font=letters,
        fill=contrasting_color(overlay_color(class_id)),
        anchor="mm",
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a pixel."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
