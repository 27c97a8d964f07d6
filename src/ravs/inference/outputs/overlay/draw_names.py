"""Draws the names of sounding objects, each on a plate in the color of its class."""

import numpy as np
from jaxtyping import Bool
from PIL import Image, ImageDraw

from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.style import contrasting_color, font, overlay_color, text_size
from ravs.structures.prediction import FramePrediction

PLATE_ALPHA = 235
LARGE_DIVISOR = 6  # a large object covers at least one sixth of what is marked

Box = tuple[int, int, int, int]  # left, top, right, bottom


def name_layers(
    frame: FramePrediction, size: tuple[int, int], is_hd: bool, floor: int, in_strip: frozenset[str]
) -> list[Layer]:
    """The names of a mask's objects, to be blended into frames of `size` (width, height).

    Large objects always have one; a small object has one unless the strip has a row of its color and name.

    Args:
        frame: the mask.
        size, is_hd: of the frames.
        floor: the row above which names stay.
        in_strip: classes of which the strip has a row.
    """
    labels, marked = frame.labels, sum(obj.area for obj in frame.objects)
    boxes: list[Box] = []
    layers = []
    for obj in sorted(frame.objects, key=lambda obj: obj.bbox[1]):
        if LARGE_DIVISOR * obj.area >= marked or obj.name not in in_strip:
            plate = draw_plate(obj.name.replace("_", " "), obj.class_id, text_size(*size))
            left, top = place_plate(labels == obj.class_id, plate.size, size, floor, boxes)
            boxes.append((left, top, left + plate.width, top + plate.height))
            layers.append(plate_layer(plate, left, top, is_hd))
    return layers


def draw_plate(text: str, class_id: int, letters: int) -> Image.Image:
    """An RGBA image of a name on a plate with round corners."""
    face, pad = font(letters), round(0.35 * letters)
    size = (round(face.getlength(text)) + 2 * pad, letters + 2 * pad)
    plate = Image.new("RGBA", size)
    draw = ImageDraw.Draw(plate)
    color = overlay_color(class_id)
    draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius=size[1] // 3, fill=(*color, PLATE_ALPHA))
    draw.text((size[0] / 2, size[1] / 2), text, font=face, fill=contrasting_color(color), anchor="mm")
    return plate


def place_plate(
    mask: Bool[np.ndarray, "mask_height mask_width"],
    plate: tuple[int, int],
    size: tuple[int, int],
    floor: int,
    boxes: list[Box],
) -> tuple[int, int]:
    """Left and top of a plate (width, height) above its mask, clear of the boxes of others where there is room."""
    wide, tall = plate
    rows = np.flatnonzero(mask.any(axis=1))
    summit = np.flatnonzero(mask[rows[0] : rows[0] + max(1, len(rows) // 8)].any(axis=0))
    left = min(max(round(summit.mean() - wide / 2), 0), max(size[0] - wide, 0))
    wanted = max(int(rows[0]) - tall - tall // 5, 0)
    last = max(floor - tall - 2, 0)
    nearest = sorted(range(last + 1), key=lambda top: abs(top - wanted))
    free = (top for top in nearest if not any(overlap(box, (left, top, left + wide, top + tall)) for box in boxes))
    return left, next(free, min(wanted, last))


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a pixel."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def plate_layer(plate: Image.Image, left: int, top: int, is_hd: bool) -> Layer:
    """The layer of a plate, on a ground of even sides that begins at an even row and column."""
    inset = (left % 2, top % 2)
    width, height = (-(-(side + shift) // 2) * 2 for side, shift in zip(plate.size, inset, strict=True))
    ground = Image.new("RGBA", (width, height))
    ground.paste(plate, inset)
    layer = Layer.of(ground, is_hd, top - inset[1], left - inset[0])
    assert layer is not None  # a plate is never empty
    return layer
