from dataclasses import replace

import numpy as np

from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.film.paste import blend_bands, paste, softness
from ravs.data.composition.scene import PlacedObject

PLAIN = FilmSettings(pyramid=0.0, shadow=0.0)
SHEEP = PlacedObject(class_name="sheep", class_index=3, cutout="sheep.png", side=0.6, x=0.4, y=0.5)


def pasted(library, settings, seed=0, obj=SHEEP):
    canvas = np.full((100, 100, 3), 128, np.float32)
    place = paste(canvas, library.cutout(obj.cutout), obj, 0.0, np.random.default_rng(seed), settings)
    alpha = np.zeros((100, 100), np.float32)
    alpha[place[0], place[1]] = place[2]
    return canvas, alpha


def test_the_alpha_is_where_the_canvas_changes(film_library):
    canvas, alpha = pasted(film_library, PLAIN)
    assert 56 * 46 <= (alpha > 0.5).sum() <= 60 * 50  # eroded by two pixels at most
    np.testing.assert_array_equal(canvas[alpha == 0], 128)
    assert (np.abs(canvas[alpha > 0.5] - 128).max(axis=1) > 4).all()


def test_the_canvas_is_the_mixture_by_alpha(film_library):
    canvas, alpha = pasted(film_library, PLAIN)
    color = canvas[alpha > 0.999].mean(axis=0)  # the cut-out is of one color
    np.testing.assert_allclose(canvas, 128 + alpha[..., None] * (color - 128), atol=1.5)


def test_what_is_outside_the_frame_is_no_error(film_library):
    canvas, alpha = pasted(film_library, PLAIN, obj=replace(SHEEP, x=-2.0))
    assert not alpha.any()
    assert (canvas == 128).all()


def test_a_shadow_darkens_the_ground_under_the_cutout(film_library):
    canvas, alpha = pasted(film_library, replace(PLAIN, shadow=1.0))
    ground = np.where(alpha[..., None] == 0, canvas, 128)
    assert ground.max() <= 128
    assert ground[77, 40, 0] < 120  # the cut-out ends at row 75
    assert ground[5, 90, 0] > 127


def test_bands_blend_to_the_front_the_ground_or_what_is_equal():
    generator = np.random.default_rng(0)
    front, ground = generator.uniform(0, 255, (2, 37, 50, 3)).astype(np.float32)
    ones = np.ones((37, 50), np.float32)
    np.testing.assert_allclose(blend_bands(front, ground, ones), front, atol=0.05)
    np.testing.assert_allclose(blend_bands(front, ground, 0 * ones), ground, atol=0.05)
    half = generator.uniform(0, 1, (37, 50)).astype(np.float32)
    np.testing.assert_allclose(blend_bands(front, front, half), front, atol=0.05)


def test_low_frequencies_flow_over_the_edge_and_high_ones_do_not():
    ground = np.full((64, 64, 3), 100, np.float32)
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, :32] = 1
    brighter = blend_bands(ground + 60, ground, alpha)[32, :, 0]
    assert brighter[34] > 110  # beyond the edge
    assert brighter[29] < 150  # before it
    np.testing.assert_allclose(brighter[[0, 63]], [160, 100], atol=6)
    stripes = np.where(np.arange(64) % 2, 40, -40).astype(np.float32)[None, :, None] * np.ones((64, 1, 3), np.float32)
    striped = blend_bands(ground + stripes, ground, alpha)[32, :, 0]
    assert np.abs(striped[34:] - 100).max() < 4
    assert np.abs(striped[8:30] - 100).min() > 30


def test_only_what_is_enlarged_is_soft():
    assert [softness(scale) for scale in (0.3, 1.0, 3.0)] == [0, 0, 1]
