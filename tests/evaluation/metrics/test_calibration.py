"""Calibration and risk-coverage against plain counting of every pixel."""

import numpy as np
import pytest

from ravs.evaluation.metrics.calibration import (
    BINS,
    EDGES,
    area_under_risk_coverage,
    doubt_histogram,
    expected_calibration_error,
)


def pixels(seed, count=20000):
    """Doubts of a sure model, three quarters of them below 0.001, and labels that are wrong about as often."""
    rng = np.random.default_rng(seed)
    doubt = (10 ** rng.uniform(-6, 0, count)).astype(np.float32)
    return doubt, rng.random(count) > 0.7 * doubt


def test_each_pixel_is_in_the_bin_whose_edges_it_lies_between():
    doubt = np.concatenate([EDGES[1:-1], np.nextafter(EDGES[1:-1].astype(np.float32), np.float32(0)), [0, 1e-30, 1]])
    doubt = doubt.astype(np.float32)
    expected = np.clip(np.searchsorted(EDGES, doubt, side="right") - 1, 0, BINS - 1)
    for value, place in zip(doubt, expected, strict=True):
        assert doubt_histogram(value[None], np.array([True]))[1, place] == 1


@pytest.mark.parametrize("seed", range(3))
def test_the_calibration_error_is_that_of_the_pixels_themselves(seed):
    doubt, right = pixels(seed)
    group = np.minimum(((1 - doubt) * 16).astype(int), 15)
    error = sum(abs((1 - doubt[group == one]).sum() - right[group == one].sum()) for one in range(16)) / len(doubt)
    assert expected_calibration_error(doubt_histogram(doubt, right)) == pytest.approx(error, abs=2e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_under_risk_coverage_is_that_of_sorting_the_pixels(seed):
    doubt, right = pixels(seed)
    wrong = ~right[np.argsort(doubt)]
    area = (wrong.cumsum() / np.arange(1, len(doubt) + 1)).mean()
    assert area_under_risk_coverage(doubt_histogram(doubt, right)) == pytest.approx(area, rel=0.01)


def test_pixels_of_one_bin_come_in_random_order():
    rng = np.random.default_rng(0)
    histogram = np.zeros((2, BINS), np.int64)
    histogram[:, rng.integers(0, BINS, 12)] = rng.integers(0, 300, (2, 12))
    areas = []
    for _ in range(200):
        wrong = np.concatenate([rng.permutation(np.repeat([1, 0], histogram[:, place])) for place in range(BINS)])
        areas.append((wrong.cumsum() / np.arange(1, len(wrong) + 1)).mean())
    assert area_under_risk_coverage(histogram) == pytest.approx(np.mean(areas), abs=2e-3)


def test_confidence_that_is_right_as_often_as_it_says_has_no_error():
    doubt = np.full(100, 0.25, np.float32)
    right = np.arange(100) < 75
    assert expected_calibration_error(doubt_histogram(doubt, right)) == pytest.approx(0, abs=0.01)
    assert expected_calibration_error(doubt_histogram(doubt, ~right)) == pytest.approx(0.5, abs=0.01)


def test_nothing_counted_is_undefined():
    nothing = np.zeros((2, BINS), np.int64)
    assert expected_calibration_error(nothing) is None and area_under_risk_coverage(nothing) is None
