from dataclasses import replace

import numpy as np

from ravs.data.composition.film.cutout_appearance import Patch, blur, jitter_colors, match_colors, soften_edge
from ravs.data.composition.film.film_settings import FilmSettings

SETTINGS = FilmSettings()


def disc(radius=20, size=60, color=(200, 100, 50)):
    """A premultiplied disc."""
    rows, columns = np.mgrid[:size, :size] - size / 2 + 0.5
    alpha = (rows**2 + columns**2 < radius**2).astype(np.float32)
    return np.concatenate([alpha[..., None] * np.array(color, np.float32), alpha[..., None]], axis=2)


def test_no_edge_darkens_since_colors_continue_beyond_it():
    for seed in range(10):
        patch = soften_edge(disc(), np.random.default_rng(seed), SETTINGS)
        visible = patch.alpha > 0.02
        np.testing.assert_allclose(patch.colors[visible], np.broadcast_to([200, 100, 50], (visible.sum(), 3)), atol=1)


def test_an_edge_is_soft_and_moves_inwards_by_two_pixels_at_most():
    areas, widths = [], []
    for seed in range(30):
        alpha = soften_edge(disc(), np.random.default_rng(seed), SETTINGS).alpha
        areas.append((alpha > 0.5).sum())
        widths.append(((alpha > 0.05) & (alpha < 0.95)).sum())
    assert np.pi * 17.2**2 < min(areas) < np.pi * 18.8**2
    assert np.pi * 19.5**2 < max(areas) < np.pi * 20.5**2
    assert min(widths) < 100 < 400 < max(widths)


def test_a_thin_thing_is_not_eroded_away():
    stick = disc()
    stick[:, 32:] = stick[:, :29] = 0
    for seed in range(10):
        assert soften_edge(stick, np.random.default_rng(seed), SETTINGS).alpha.sum() > 0.95 * stick[..., 3].sum()


def test_a_full_match_gives_the_grounds_mean_and_deviation():
    generator = np.random.default_rng(0)
    patch = Patch(generator.normal(90, 10, (40, 40, 3)).astype(np.float32), np.ones((40, 40), np.float32))
    ground = generator.normal((150, 120, 60), (15, 12, 8), (40, 40, 3)).astype(np.float32)
    matched = match_colors(patch, ground, generator, replace(SETTINGS, color_match=(1.0, 1.0)))
    np.testing.assert_allclose(matched.mean((0, 1)), ground.mean((0, 1)), atol=0.1)
    np.testing.assert_allclose(matched.std((0, 1)), ground.std((0, 1)), atol=0.1)
    half = match_colors(patch, ground, generator, replace(SETTINGS, color_match=(0.5, 0.5)))
    np.testing.assert_allclose(half.mean((0, 1)), (ground.mean((0, 1)) + patch.colors.mean((0, 1))) / 2, atol=0.1)


def test_color_jitter_keeps_gray_gray_and_the_order_of_light():
    gray = np.repeat(np.linspace(10, 245, 30, dtype=np.float32)[None, :, None], 3, axis=2)
    for seed in range(10):
        jittered = jitter_colors(gray, np.random.default_rng(seed))
        assert np.ptp(jittered, axis=2).max() < 0.05
        assert (np.diff(jittered[0, :, 0]) >= 0).all()


def test_color_jitter_changes_hue():
    red = np.full((1, 1, 3), (180, 90, 90), np.float32)
    greens = [jitter_colors(red, np.random.default_rng(seed))[0, 0, 1:] for seed in range(20)]
    assert {green > blue for green, blue in greens} == {True, False}


def test_a_blur_keeps_what_is_flat_up_to_the_border():
    flat = np.full((9, 9), 7, np.float32)
    np.testing.assert_allclose(blur(flat, 2.0), 7, rtol=1e-6)
    assert blur(flat, 0.1) is flat
    spot = np.zeros((31, 31), np.float32)
    spot[15, 15] = 1
    weights = np.exp(-0.5 * (np.arange(31) - 15) ** 2 / 4)
    np.testing.assert_allclose(blur(spot, 2.0)[15] / blur(spot, 2.0)[15].sum(), weights / weights.sum(), atol=1e-3)


def test_the_mean_of_nothing_is_not_asked_for():
    patch = Patch(np.full((4, 4, 3), 9, np.float32), np.zeros((4, 4), np.float32))
    assert match_colors(patch, patch.colors, np.random.default_rng(0), SETTINGS) is patch.colors
