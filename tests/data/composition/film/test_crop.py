import numpy as np
import pytest

from ravs.data.composition.film.crop import draw_background, draw_photograph
from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.film.photographs import IGNORED

SETTINGS = FilmSettings()


@pytest.mark.parametrize("seed", range(12))
def test_natural_masks_stay_on_their_things(photos, seed):
    ground = draw_photograph(photos, np.random.default_rng(seed), 96, SETTINGS, centered=bool(seed % 2))
    assert ground.classes == ("person", "truck_bus")
    for value, color in ((1, (200, 40, 40)), (2, (40, 200, 40)), (IGNORED, (40, 40, 200))):
        seen = np.abs(ground.image.astype(int) - color).max(axis=2) < 30
        labelled = ground.instances == value
        assert (seen & ~labelled).sum() <= 0.02 * seen.size
        if value != IGNORED:  # the crowd looks like nothing
            assert (labelled & ~seen).sum() <= 0.06 * seen.size


def test_a_centered_thing_fills_its_share_of_the_crop(photos):
    for seed in range(40):
        ground = draw_photograph(photos, np.random.default_rng(seed), 64, SETTINGS, centered=True)
        known = np.bincount(ground.instances.ravel(), minlength=256)[1:IGNORED]
        assert known.max() >= 0.9 * SETTINGS.centered_share * 64**2


def test_a_crop_is_a_third_of_the_short_side_at_least_and_hardly_squeezed(photos):
    scales = [
        draw_photograph(photos, np.random.default_rng(seed), 60, SETTINGS, centered=False).scale for seed in range(200)
    ]
    assert 60 / 120 - 0.01 <= min(scales) < 0.6  # 120 pixels are its short side
    assert 1.2 < max(scales) <= 60 / (0.35 * 120) + 0.03


def test_a_background_shows_nothing_of_a_class(film_library):
    ground = draw_background(film_library, np.random.default_rng(0), 50, SETTINGS)
    assert (ground.source, ground.classes, ground.instances.any()) == ("gray.png", (), False)
    np.testing.assert_array_equal(ground.image, 128)
