from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.film.degradation import degrade, draw_bars, encode
from ravs.data.composition.film.film_settings import FilmSettings

NONE = FilmSettings(
    motion_blur=0.0, gaussian_blur=0.0, low_light=0.0, noise=(0.0, 0.0), rescaled=0.0, jpeg=0.0, gray=0.0
)


def checkerboard(side=64, cell=4):
    cells = np.add.outer(np.arange(side) // cell, np.arange(side) // cell) % 2
    return np.repeat((80.0 + 90 * cells).astype(np.float32)[..., None], 3, axis=2)


def degraded(seed=0, **settings):
    return degrade(checkerboard(), np.random.default_rng(seed), replace(NONE, **settings))


@pytest.mark.parametrize("change", [{"motion_blur": 1.0}, {"gaussian_blur": 1.0}, {"rescaled": 1.0}])
def test_blur_and_rescaling_lower_contrast_and_keep_the_mean(change):
    canvas = checkerboard()
    kept = []
    for seed in range(8):
        blurred = degraded(seed, **change)
        edges = np.abs(np.diff(blurred, axis=1)).max() / np.ptp(blurred)
        kept.append(edges)
    assert np.ptp(canvas[..., 0]) == 90
    assert min(kept) < 0.8


def test_low_light_is_dark():
    assert np.mean([degraded(seed, low_light=1.0).mean() for seed in range(10)]) < 0.7 * checkerboard().mean()


def test_shot_noise_grows_with_the_light_and_other_noise_does_not():
    def ratio(**settings):
        noisy = degraded(3, noise=(6.0, 6.0), **settings) - degraded(3, **settings)
        bright = checkerboard()[..., 0] > 100
        return noisy[bright].std() / noisy[~bright].std()

    assert ratio() == pytest.approx(1, abs=0.1)
    assert ratio(low_light=1.0) > 1.15


def test_noise_has_the_deviation_that_is_asked_for():
    assert (degraded(1, noise=(5.0, 5.0)) - degraded(1)).std() == pytest.approx(5, rel=0.06)


def test_gray_has_no_color():
    colored = np.random.default_rng(0).uniform(0, 255, (32, 32, 3)).astype(np.float32)
    gray = degrade(colored, np.random.default_rng(0), replace(NONE, gray=1.0))
    assert np.ptp(gray, axis=2).max() == 0


def test_encoding_rounds_and_jpeg_changes_little():
    canvas = checkerboard()
    np.testing.assert_array_equal(encode(canvas + 0.3, np.random.default_rng(0), NONE), canvas)
    np.testing.assert_array_equal(encode(canvas + 400, np.random.default_rng(0), NONE), 255)
    packed = encode(canvas, np.random.default_rng(0), replace(NONE, jpeg=1.0, jpeg_quality=(80, 80)))
    assert 0 < np.abs(packed.astype(float) - canvas).mean() < 8


def test_jpeg_keeps_red_red():
    red = np.full((32, 32, 3), (200, 30, 30), np.float32)
    packed = encode(red, np.random.default_rng(0), replace(NONE, jpeg=1.0))
    assert np.abs(packed.astype(float) - red).max() < 30


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_labelled_in_bars_and_nothing_changes_between_them(seed):
    canvas, instances = checkerboard(), np.ones((64, 64), np.uint8)
    barred, labels = draw_bars(canvas, instances, np.random.default_rng(seed))
    inside = labels == 1
    np.testing.assert_array_equal(barred[inside], canvas[inside])
    assert 0.49 <= inside.mean() <= 0.9
    assert inside.any(axis=0).all() != inside.any(axis=1).all()  # bars at two sides only
    assert np.abs(np.diff(barred[~inside].reshape(-1, 3), axis=0)).max() < 40  # black, or blurred
