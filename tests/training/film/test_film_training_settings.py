"""Settings of the training on film-like frames."""

import pytest

from ravs.errors import InputError
from ravs.training.film.film_training_settings import FilmTrainingSettings, read_film_settings


def test_values_are_read_as_yaml():
    settings = read_film_settings(["seed=3", "visual_weights=null", "model={neighbor_weight: 0.5}", "mask_rate=0.001"])
    assert (settings.seed, settings.visual_weights, settings.mask_rate) == (3, None, 0.001)
    assert settings.model == {"neighbor_weight": 0.5}
    assert settings.frames == FilmTrainingSettings().frames


def test_a_rate_may_be_written_with_an_exponent():
    assert read_film_settings(["sight_rate=2e-4"]).sight_rate == 2e-4


def test_the_shift_of_the_mask_alone_may_be_negative():
    assert read_film_settings(["mask_shift=-0.5"]).mask_shift == -0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", r"'seed' is no setting: give KEY=VALUE"),
        ("mask_step=3", r"unknown key 'mask_step' of the settings; did you mean 'mask_steps'\?"),
        ("colour=3", r"unknown key 'colour' of the settings; they are preset, "),
        ("model={", r"'model=\{': the value is no YAML"),
        ("frames=0", r"settings\.frames is 0"),
        ("frames=many", r"settings\.frames is 'many'"),
        ("seed=abc", r"seed is 'abc'; it must be a whole number from 0 on"),
        ("seed=-1", r"seed is -1"),
        ("sight_rate=fast", r"sight_rate is 'fast'"),
        ("mask_decay=-0.1", r"mask_decay is -0\.1"),
        ("model=3", r"model is 3; it must be keys with values"),
        ("table_classes=saw", r"table_classes is 'saw'; it must be names: table_classes=\[saw, bell\]"),
        ("stereo=1.5", r"stereo is 1\.5; it must lie between 0 and 1"),
        ("folds=1", r"folds is 1, recording_folds 5; out of fold takes two"),
        ("frame_side=350", r"frame_side is 350; it must be a multiple of 32"),
    ],
)
def test_a_mistake_is_named(change, message):
    with pytest.raises(InputError, match=message):
        read_film_settings([change])
