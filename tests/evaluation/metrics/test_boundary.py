"""Borders of masks against brute force."""

import math

import numpy as np
import pytest

from ravs.evaluation.metrics.boundary import border, boundary_matches, dilated
from ravs.evaluation.metrics.dataset_protocol import boundary_f


@pytest.mark.parametrize("radius", [0, 1, 2, 5])
def test_dilation_reaches_what_lies_within_the_radius(radius):
    mask = np.random.default_rng(radius).random((13, 17)) < 0.03
    rows, columns = np.nonzero(mask)
    y, x = np.indices(mask.shape)
    expected = (np.hypot(y[..., None] - rows, x[..., None] - columns) <= radius).any(axis=-1)
    np.testing.assert_array_equal(dilated(mask, radius), expected)


def test_a_border_lies_between_pixels_of_different_kinds():
    mask = np.zeros((4, 5), bool)
    mask[1:3, 1:3] = True
    expected = np.array([[1, 1, 1, 0, 0], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]], bool)
    np.testing.assert_array_equal(border(mask), expected)


def test_a_shift_within_the_tolerance_is_perfect_and_one_far_beyond_it_is_nothing():
    square = np.zeros((100, 100), bool)
    square[30:60, 30:60] = True
    assert math.ceil(0.008 * math.hypot(100, 100)) == 2
    assert boundary_f(boundary_matches(np.roll(square, 2, axis=1), square)) == 1
    far = np.zeros_like(square)
    far[5:10, 5:10] = True
    assert boundary_f(boundary_matches(far, square)) == 0


def test_nothing_marked_is_zero_and_nothing_to_mark_is_undefined():
    square, nothing = np.eye(8, dtype=bool), np.zeros((8, 8), bool)
    assert boundary_f(boundary_matches(nothing, square)) == 0
    assert boundary_f(boundary_matches(nothing, nothing)) is None
