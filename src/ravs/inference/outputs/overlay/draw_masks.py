"""Draws one mask: a tint, an outline and a shadow for each sounding object."""

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from ravs.inference.outputs.overlay.style import overlay_color
from ravs.structures.prediction import FramePrediction

MAX_ALPHA = 255
FILL_ALPHA = 92  # the image must stay visible below
LINE_WIDTH_SHARE = 1 / 260  # of the image's height
SHADOW_ALPHA = 120


def draw_masks(frame: FramePrediction, width: int, height: int, fill_alpha: int = FILL_ALPHA) -> Image.Image:
    """An RGBA image of a mask.

    Args:
        frame: the mask.
        width, height: of the frame to draw on, at least those of the mask.
        fill_alpha: of the tint, 0 to 255.
    """
    pixels = np.zeros((height, width, 4), np.uint8)
    labels = frame.labels
    for obj in frame.objects:
        draw_mask(pixels, labels == obj.class_id, obj.class_id, fill_alpha)
    return Image.fromarray(pixels)


def draw_mask(
    pixels: UInt8[np.ndarray, "height width 4"],
    mask: Bool[np.ndarray, "mask_height mask_width"],
    class_id: int,
    fill_alpha: int = FILL_ALPHA,
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
    region[inside] = (*overlay_color(class_id), fill_alpha)
    region[outline] = (*overlay_color(class_id), MAX_ALPHA)


def dilate(mask: Bool[np.ndarray, "rows columns"], steps: int) -> Bool[np.ndarray, "rows columns"]:
    """Dilation by so many pixels, alternately with four and eight neighbors: nearly a disk."""
    for step in range(steps):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        if step % 2:
            mask = mask | padded[:-2, :-2] | padded[2:, 2:] | padded[:-2, 2:] | padded[2:, :-2]
    return mask
