"""Masks of shapes, compared with the annotation tools' own encoders and with masks by hand."""

import numpy as np
import pytest

from ravs.data.custom.rasterize import brush_mask, coco_mask, cvat_mask, polygon_mask
from ravs.structures.rle import encode_mask

SMALL = np.zeros((4, 6), bool)
SMALL[1:3, 2:5] = True
BRUSHED = [0, 0, 0, 96, 57, 27, 254, 31, 0, 183, 255, 108, 2, 223, 254, 27, 0, 0]  # label_studio_sdk 2.1.2, mask2rle


def inside(x, y, polygon):
    """The even-odd rule, by the number of edges that a ray to the left crosses."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y0 <= y) != (y1 <= y):
            crossings += x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x
    return crossings % 2 == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_polygon_covers_the_pixels_whose_centers_lie_inside(seed):
    generator = np.random.default_rng(seed)
    polygon = [tuple(corner) for corner in generator.uniform(-3, 15, (6, 2)).tolist()]  # crosses itself, and the edges
    wanted = [[inside(x + 0.5, y + 0.5, polygon) for x in range(13)] for y in range(9)]
    np.testing.assert_array_equal(polygon_mask(polygon, (9, 13)), wanted)


def test_a_rectangle_of_whole_pixels_covers_exactly_these():
    np.testing.assert_array_equal(polygon_mask([(2, 1), (5, 1), (5, 3), (2, 3)], (4, 6)), SMALL)


def test_run_lengths_of_coco_run_down_the_columns_as_text_or_as_numbers():
    by_hand = [9, 2, 2, 2, 2, 2, 5]
    np.testing.assert_array_equal(coco_mask((4, 6), by_hand), SMALL)
    np.testing.assert_array_equal(coco_mask((4, 6), encode_mask(SMALL).counts), SMALL)


def test_run_lengths_of_cvat_run_along_the_rows_inside_their_box():
    np.testing.assert_array_equal(cvat_mask([0, 6], (2, 1, 3, 2), (4, 6)), SMALL)  # cvat_sdk 2.80: [0, 6, 2, 1, 4, 2]
    ring = cvat_mask([0, 4, 1, 4], (1, 0, 3, 3), (4, 6))
    assert ring[:3, 1:4].tolist() == [[True] * 3, [True, False, True], [True] * 3] and ring.sum() == 8


def test_a_brush_stroke_of_label_studio_is_unpacked():
    np.testing.assert_array_equal(brush_mask(BRUSHED, (4, 6)), SMALL)


def test_values_that_are_not_repeated_are_unpacked_one_by_one():
    values = [7, 0, 0, 255, 1, 2, 3, 0]  # two pixels of four values; the second is transparent
    bits = f"{8:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}" + "0" + "00" + f"{7:03b}"
    bits += "".join(f"{value:08b}" for value in values)
    packed = [int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8)]
    assert brush_mask(packed, (1, 2)).tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: brush_mask(BRUSHED[:12], (4, 6)), "it ends in the middle"),
        (lambda: brush_mask(BRUSHED, (4, 7)), "packed of 96 values, not of 7 x 4 pixels"),
        (lambda: coco_mask((4, 6), [9, 2]), "runs are of 11 pixels, not 24"),
        (lambda: cvat_mask([6], (4, 1, 3, 2), (4, 6)), "its box 4, 1, 3, 2 leaves the image"),
        (lambda: cvat_mask([5], (2, 1, 3, 2), (4, 6)), "runs are of 5 pixels, not 6"),
    ],
)
def test_what_does_not_fill_its_image_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
