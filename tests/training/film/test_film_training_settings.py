"""Settings of the training on film-like frames."""

import pytest

from ravs.errors import InputError
from ravs.training.film.film_training_settings import FilmTrainingSettings, read_film_settings


def test_values_are_read_as_yaml():
    settings = read_film_settings(["seed=3", "visual_weights=null", "model={neighbor_weight: 0.5}", "mask_rate=0.001"])
    assert (settings.seed, settings.visual_weights, settings.mask_rate) == (3, None, 0.001)
    assert settings.model == {"neighbor_weight": 0.5}
    assert settings.frames == FilmTrainingSettings().frames


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", r"'seed' is no setting: give KEY=VALUE"),
        ("mask_step=3", r"unknown key 'mask_step' of the settings; did you mean 'mask_steps'\?"),
        ("colour=3", r"unknown key 'colour' of the settings; they are preset, "),
        ("model={", r"'model=\{': the value is no YAML"),
        ("frames=0", r"settings\.frames is 0"),
        ("frames=many", r"settings\.frames is 'many'"),
        ("stereo=1.5", r"stereo is 1\.5; it must lie between 0 and 1"),
        ("folds=1", r"folds is 1, recording_folds 5; out of fold takes two"),
        ("frame_side=350", r"frame_side is 350; it must be a multiple of 32"),
    ],
)
def test_a_mistake_is_named(change, message):
    with pytest.raises(InputError, match=message):
        read_film_settings([change])
