"""Simulated panoramas."""

import numpy as np
import pytest

from ravs.training.film.simulated_panorama import draw_panorama

DIRECTIONS = 24


def draw(xs, seed=0):
    return draw_panorama(xs, DIRECTIONS, np.random.default_rng(seed))


@pytest.mark.parametrize("xs", [[], [0.5], [0.0, 1.0], [0.2, 0.4, 0.9]])
def test_the_shares_of_the_directions_sum_to_one(xs):
    panorama = draw(xs)
    assert (panorama.shape, panorama.dtype) == ((DIRECTIONS,), np.float32)
    assert panorama.sum() == pytest.approx(1)
    assert panorama.min() >= 0


def test_a_source_is_the_loudest_direction():
    for seed in range(20):
        assert draw([0.3], seed).argmax() == 7  # 0.3 × 24 = 7.2


def test_a_source_at_the_border_is_heard_at_the_last_direction_that_is_resolved():
    assert draw([0.0]).argmax() == 3  # 0.14 × 24 = 3.4
    assert draw([1.0]).argmax() == 20  # 0.86 × 24 = 20.6


def test_without_sources_the_middle_is_loudest_and_both_sides_alike():
    panorama = draw([])
    np.testing.assert_allclose(panorama, panorama[::-1], atol=1e-7)
    assert panorama.argmax() in (11, 12)
    assert panorama.min() >= 0.5 / DIRECTIONS
