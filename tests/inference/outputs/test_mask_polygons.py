import cv2
import numpy as np
import pytest

from ravs.data.custom.rasterize import polygon_mask
from ravs.inference.outputs.mask_polygons import mask_polygons


def read(rows):
    return np.array([[character == "#" for character in row] for row in rows])


def covered(polygons, size):
    """How many polygons each pixel's center lies in."""
    return sum((polygon_mask(polygon, size).astype(int) for polygon in polygons), np.zeros(size, int))


def test_a_rectangle_has_four_corners():
    (polygon,) = mask_polygons(read(["....", ".##.", ".##."]))
    assert sorted(polygon) == [(1, 1), (1, 3), (3, 1), (3, 3)]


def test_pieces_that_touch_at_a_corner_are_two():
    assert len(mask_polygons(read(["#.", ".#"]))) == 2
    assert len(mask_polygons(read([".#", "#."]))) == 2


@pytest.mark.parametrize(
    "rows",
    [
        ["####", "#..#", "####"],
        ["#####", "#.#.#", "#####"],  # two holes side by side
        ["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"],  # a ring in a ring
        ["####", "#.##", "##.#", "####"],  # holes that touch
        ["###", "#.#", "##."],  # a hole that touches the outside
        ["......"],
        ["#"],
    ],
)
def test_holes_are_cut_open(rows):
    mask = read(rows)
    np.testing.assert_array_equal(covered(mask_polygons(mask), mask.shape), mask)


@pytest.mark.parametrize("seed", range(20))
def test_polygons_of_random_masks_cover_their_pixels_and_each_is_a_connected_piece(seed):
    random = np.random.default_rng(seed)
    mask = random.random(random.integers(1, 24, 2)) < random.random()
    polygons = mask_polygons(mask)
    np.testing.assert_array_equal(covered(polygons, mask.shape), mask)
    assert len(polygons) == cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1
