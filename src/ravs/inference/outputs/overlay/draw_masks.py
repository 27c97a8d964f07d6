"""Draws one mask: a tint and an outline on each sounding object, and its name."""

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.style import contrasting_color, font, overlay_color, text_size
from ravs.structures.prediction import FramePrediction

FILL_ALPHA = 92  # of 255: the image must stay visible below
LINE_WIDTH_SHARE = 1 / 260  # of the image's height
SHADOW_ALPHA = 120

Box = tuple[int, int, int, int]  # left, top, right, bottom


def draw_masks(frame: FramePrediction, width: int, height: int, floor: int) -> Image.Image:
    """An RGBA image of a mask.

    Args:
        frame: the mask.
        width, height: of the frame to draw on, at least those of the mask.
        floor: row where the timeline strip begins; names stay above it.
    """
    pixels = np.zeros((height, width, 4), np.uint8)
    labels = frame.labels
    for obj in frame.objects:
        draw_mask(pixels, labels == obj.class_id, obj.class_id)
    image = Image.fromarray(pixels)
    boxes: list[Box] = []
    for obj in sorted(frame.main_objects, key=lambda obj: obj.bbox[1]):
        draw_name(image, labels == obj.class_id, obj.class_id, obj.name, floor, boxes)
    return image


def draw_mask(
    pixels: UInt8[np.ndarray, "height width 4"], mask: Bool[np.ndarray, "mask_height mask_width"], class_id: int
) -> None:
    """Draw tint, outline and shadow on the pixels of a mask and around it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return
    line = max(1, round(pixels.shape[0] * LINE_WIDTH_SHARE))
    top, left = max(rows[0] - 2 * line, 0), max(columns[0] - 2 * line, 0)
    part = np.s_[top : rows[-1] + 1 + 2 * line, left : columns[-1] + 1 + 2 * line]
    inside = np.zeros(pixels.shape[:2], bool)
    inside[: mask.shape[0], : mask.shape[1]] = mask
    inside, region = inside[part], pixels[part]
    shadow = dilate(inside, line) & ~inside
    outline = inside & dilate(~inside, line)
    region[shadow & (region[..., 3] == 0)] = (0, 0, 0, SHADOW_ALPHA)
    region[inside] = (*overlay_color(class_id), FILL_ALPHA)
    region[outline] = (*overlay_color(class_id), 255)


def dilate(mask: Bool[np.ndarray, "rows columns"], steps: int) -> Bool[np.ndarray, "rows columns"]:
    """Dilation by so many pixels, alternately with four and eight neighbors: nearly a disk."""
    for step in range(steps):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        if step % 2:
            mask = mask | padded[:-2, :-2] | padded[2:, 2:] | padded[:-2, 2:] | padded[2:, :-2]
    return mask


def draw_name(
    image: Image.Image,
    mask: Bool[np.ndarray, "mask_height mask_width"],
    class_id: int,
    name: str,
    floor: int,
    boxes: list[Box],
) -> None:
    """Draw a name in a box above its mask, clear of other names; the box is added to `boxes`."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return
    face = font(text_size(*image.size))
    text = name.replace("_", " ")
    wide = round(face.getlength(text))
    pad = round(0.35 * text_size(*image.size))
    wide, tall = wide + 2 * pad, text_size(*image.size) + 2 * pad
    summit = np.flatnonzero(mask[rows[0] : rows[0] + max(1, len(rows) // 8)].any(axis=0))
    left = min(max(round(summit.mean() - wide / 2), 0), max(image.width - wide, 0))
    top = max(int(rows[0]) - tall - pad, 0)
    while (
        above := next((box for box in boxes if overlap(box, (left, top, left + wide, top + tall))), None)
    ) is not None:
        top = above[3] + 2
    top = max(min(top, floor - tall - 2), 0)
    boxes.append((left, top, left + wide, top + tall))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(boxes[-1], radius=tall // 3, fill=(*overlay_color(class_id), 235))
    draw.text(
        (left + wide / 2, top + tall / 2),
        text,
        font=face,
        fill=contrasting_color(overlay_color(class_id)),
        anchor="mm",
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a pixel."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
