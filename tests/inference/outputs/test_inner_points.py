from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from ravs.inference.outputs.inner_points import depth_inside, inner_points


def blobs(seed, shape=(40, 60)):
    """Irregular pieces with holes."""
    noise = np.random.default_rng(seed).random(shape)
    return ndimage.gaussian_filter(noise, 3) > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_depth_is_scipys_distance_along_rows_and_columns(seed):
    mask = blobs(seed)
    wanted = ndimage.distance_transform_cdt(np.pad(mask, 1), metric="taxicab")[1:-1, 1:-1]
    np.testing.assert_array_equal(depth_inside(mask), wanted)


def test_the_first_point_is_the_center_and_the_others_are_far_from_it_and_from_each_other():
    mask = np.zeros((20, 40), bool)
    mask[5:14, 3:36] = True  # 9 rows, 33 columns: depth 5 along row 9, from column 7 to column 31
    first, *others = inner_points(mask)
    assert first == (19, 9)
    assert others == [(5, 7), (33, 7)]  # corners of depth 3, 14 columns and 2 rows away


@pytest.mark.parametrize("seed", range(3))
def test_points_are_at_least_half_as_deep_as_the_deepest_pixel(seed):
    mask = blobs(seed)
    depth = depth_inside(mask)
    points = inner_points(mask)
    assert len(set(points)) == 3
    assert all(depth[y, x] >= depth.max() / 2 for x, y in points)
    assert depth[points[0][::-1]] == depth.max()


def test_a_thin_ring_has_its_points_on_the_ring_not_in_its_hole():
    rows, columns = np.mgrid[:41, :41] - 20
    radius = np.hypot(rows, columns)
    ring = (radius > 15) & (radius < 18)
    points = inner_points(ring)
    assert all(ring[y, x] for x, y in points)
    spread = [np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairwise(points)]
    assert min(spread) > 20


def test_a_second_piece_that_is_as_deep_gets_a_point_of_its_own():
    mask = np.zeros((11, 60), bool)
    mask[1:10, 1:10] = mask[1:10, 50:59] = True
    assert {x > 30 for x, _ in inner_points(mask)} == {True, False}


def test_a_mask_of_one_pixel_has_the_same_point_three_times():
    mask = np.zeros((3, 5), bool)
    mask[1, 4] = True
    assert inner_points(mask) == [(4, 1)] * 3
