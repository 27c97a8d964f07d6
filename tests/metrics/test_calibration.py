"""Calibration and risk-coverage against plain counting."""

import numpy as np
import pytest

from ravs.metrics.calibration import area_under_risk_coverage, expected_calibration_error


def test_confidence_that_is_right_as_often_as_it_says_has_no_error():
    histogram = np.zeros((2, 256), np.int64)
    histogram[:, 191] = 25, 75  # between 191/256 and 192/256
    assert expected_calibration_error(histogram) == pytest.approx(abs(191.5 / 256 - 0.75))
    histogram[:, 191] = 100, 0
    assert expected_calibration_error(histogram) == pytest.approx(191.5 / 256)


def test_calibration_groups_sixteen_bins_and_weighs_by_pixels():
    histogram = np.zeros((2, 256), np.int64)
    histogram[:, 0], histogram[:, 15], histogram[:, 255] = (3, 0), (0, 1), (0, 4)
    first = abs(3 * 0.5 / 256 + 15.5 / 256 - 1)  # one group: three wrong at the bottom, one right at its top
    last = abs(4 * 255.5 / 256 - 4)
    assert expected_calibration_error(histogram) == pytest.approx((first + last) / 8)


def test_risk_coverage_is_the_mean_over_random_orders_inside_a_bin():
    rng = np.random.default_rng(0)
    histogram = np.zeros((2, 256), np.int64)
    histogram[:, rng.integers(0, 256, 12)] = rng.integers(0, 300, (2, 12))
    areas = []
    for _ in range(200):
        wrong = np.concatenate(
            [rng.permutation(np.repeat([1, 0], histogram[:, bin_])) for bin_ in reversed(range(256))]
        )
        areas.append((wrong.cumsum() / np.arange(1, len(wrong) + 1)).mean())
    assert area_under_risk_coverage(histogram) == pytest.approx(np.mean(areas), abs=2e-3)


def test_wrong_pixels_that_are_unsure_cost_less_than_wrong_pixels_that_are_sure():
    unsure, sure = np.zeros((2, 2, 256), np.int64)
    unsure[0, 10], unsure[1, 200] = 100, 300
    sure[0, 200], sure[1, 10] = 100, 300
    assert area_under_risk_coverage(unsure) < 0.05 < 0.5 < area_under_risk_coverage(sure)


def test_nothing_counted_is_undefined():
    nothing = np.zeros((2, 256), np.int64)
    assert expected_calibration_error(nothing) is None and area_under_risk_coverage(nothing) is None
