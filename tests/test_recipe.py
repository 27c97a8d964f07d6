"""Recipes are strict, and the published ones can be read."""

from pathlib import Path

import pytest

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.recipe import read_recipe

RECIPES = sorted((Path(__file__).parent.parent / "recipes").glob("*.yaml"))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_published_recipe_can_be_read_and_names_a_model_that_can_be_configured(path):
    recipe = read_recipe(path)
    assert RavsConfig.preset(recipe.preset, **recipe.model).model_type == "ravs"


def test_a_misspelt_key_names_the_nearest_right_one(tmp_path):
    with pytest.raises(InputError, match=r"training\.learning_rat .*did you mean training\.learning_rate"):
        read_recipe(write(tmp_path, "training: {learning_rat: 1}"))
    with pytest.raises(InputError, match="unknown key presett in the recipe; did you mean preset"):
        read_recipe(write(tmp_path, "presett: ravs-tiny"))


def test_a_change_on_the_command_line_beats_the_file(tmp_path):
    path = write(tmp_path, "training: {steps: 7, learning_rate: 1e-3}")
    recipe = read_recipe(path, ("training.learning_rate=2e-4", "data.size=64"))
    assert (recipe.training.steps, recipe.training.learning_rate, recipe.data.size) == (7, 2e-4, 64)


def test_a_value_that_is_no_number_says_so(tmp_path):
    with pytest.raises(InputError, match=r"training\.steps is 'many'; it must be a whole number"):
        read_recipe(write(tmp_path, "training: {steps: many}"))


def test_an_unknown_task_lists_the_tasks(tmp_path):
    with pytest.raises(InputError, match="task is 'dance'; it must be one of tagging, segmentation"):
        read_recipe(write(tmp_path, "task: dance"))


def test_a_recipe_that_is_not_there_says_where_recipes_lie(tmp_path):
    with pytest.raises(InputError, match="recipes lie in recipes/"):
        read_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data=5", "data is 5; it must be keys"),
        ("model=5", "model is 5; it must be keys with values"),
        ("training.steps.x=1", "steps is no section"),
        ("training.learning_rate=fast", "training.learning_rate is 'fast'; it must be a number"),
        ("training.learning_rate=-1", "training.learning_rate is -1.0; it must lie between"),
        ("training.steps=1.5", "training.steps is 1.5; it must be a whole number"),
        ("training.batch_size=0", "training.batch_size is 0; it must be a whole number"),
        ("training.frozen_stages=-1", "training.frozen_stages is -1"),
        ("data.seconds=9", "data.seconds is 9; a composed clip has 5"),
        ("data.renewed=2", "data.renewed is 2.0; it must lie between 0 and 1"),
        ("data.muted=maybe", "data.muted is 'maybe'; it must be true or false"),
        ("data.shares={sss: 1.0}", "it must give a share to some of ss, ms, msmi, negative"),
        ("audio_weights=5", "audio_weights is 5; it must be a text"),
    ],
)
def test_a_value_that_does_not_fit_is_one_line(tmp_path, change, said):
    path = tmp_path / "recipe.yaml"
    path.write_text("training: {steps: 3}\n")
    with pytest.raises(InputError, match=said):
        read_recipe(path, (change,))
