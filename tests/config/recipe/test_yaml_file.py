"""Recipes are strict, and the published ones can be read."""

from pathlib import Path

import pytest

from ravs.config import RavsConfig
from ravs.config.presets import PRESETS
from ravs.config.recipe import read_recipe, recipe_from_dict
from ravs.config.recipe.find_recipe import package_recipes
from ravs.errors import InputError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", package_recipes())
def test_every_recipe_of_the_package_can_be_read_by_name_and_names_a_model_that_can_be_configured(name):
    recipe = read_recipe(name)
    assert RavsConfig.preset(recipe.preset, **recipe.model).model_type == PRESETS[recipe.preset].get(
        "model_type", "ravs"
    )


def test_a_misspelled_key_names_the_nearest_right_one(tmp_path):
    with pytest.raises(InputError, match=r"training\.learning_rat .*did you mean training\.learning_rate"):
        read_recipe(write(tmp_path, "training: {learning_rat: 1}"))
    with pytest.raises(InputError, match=r"unknown key presett in .*recipe\.yaml; did you mean preset"):
        read_recipe(write(tmp_path, "presett: ravs-tiny"))


def test_a_change_on_the_command_line_overrides_the_file(tmp_path):
    path = write(tmp_path, "training: {steps: 7, learning_rate: 1e-3}")
    recipe = read_recipe(path, ("training.learning_rate=2e-4", "data.size=64"))
    assert (recipe.training.steps, recipe.training.learning_rate, recipe.data.size) == (7, 2e-4, 64)


def test_a_value_that_is_not_a_number_is_reported(tmp_path):
    with pytest.raises(InputError, match=r"training\.steps is 'many'; it must be a whole number"):
        read_recipe(write(tmp_path, "training: {steps: many}"))


def test_an_unknown_task_lists_the_tasks(tmp_path):
    with pytest.raises(InputError, match="task is 'dance'; it must be one of tagging, segmentation"):
        read_recipe(write(tmp_path, "task: dance"))


def test_a_missing_recipe_says_where_recipes_are(tmp_path):
    with pytest.raises(InputError, match="those of the package have names, such as s4"):
        read_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("data=5", "data is 5; it must be keys with values"),
        ("model=5", "model is 5; it must be keys with values"),
        ("training.steps.x=1", "training.steps is no section"),
        ("training.learning_rate=fast", "training.learning_rate is 'fast'; it must be a number"),
        ("training.learning_rate=-1", "training.learning_rate is -1.0; it must lie between"),
        ("training.steps=1.5", "training.steps is 1.5; it must be a whole number"),
        ("training.batch_size=0", "training.batch_size is 0; it must be a whole number"),
        ("training.frozen_stages=-1", "training.frozen_stages is -1"),
        ("data.seconds=9", "data.seconds is 9; a composed clip has 5"),
        ("data.renewed=2", "data.renewed is 2.0; it must lie between 0 and 1"),
        ("data.negative=-1", "data.negative is -1.0; it must lie between 0 and 1"),
        ("data.off_screen=2", "data.off_screen is 2.0; it must lie between 0 and 1"),
        ("data.muted=maybe", "data.muted is 'maybe'; it must be true or false"),
        ("training.optimiser=adamq", "training.optimiser is 'adamq'; it must be one of adamw, adam, sgd"),
        ("training={schedule: poly, learning_rate: 0}", "schedule is poly, which falls from learning_rate, 0,"),
        ("training={schedule: poly, rate_floor: 1}", "to rate_floor, 1, of it: give a rate above 0"),
        ("training.accumulation=3", "accumulation is 3, which does not divide the batch of 8"),
        ("training.ema=2", "training.ema is 2.0; it must lie between 0 and 1"),
        ("training.stps=3", "unknown key training.stps in --set training.stps=3; did you mean training.steps"),
        ("training.steps=[", "is not a YAML value"),
        ("data.shares={sss: 1.0}", "it must give a share to some of ss, ms, msmi, negative"),
        ("data.shares={ms: many}", "data.shares.ms is 'many'; it must be a number"),
        ("data.shares={ms: 0}", "at least one subset needs a share above 0"),
        ("audio_weights=5", "audio_weights is 5; it must be text"),
        ("initial=runs/a", "initial is 'runs/a', a whole model, and visual_weights is 'imagenet': give one of them"),
    ],
)
def test_a_value_that_does_not_fit_is_one_line(tmp_path, change, message):
    path = tmp_path / "recipe.yaml"
    path.write_text("visual_weights: imagenet\ntraining: {steps: 3}\n")
    with pytest.raises(InputError, match=message):
        read_recipe(path, (change,))


def test_shares_may_be_written_as_any_number(tmp_path):
    recipe = read_recipe(write(tmp_path, "data: {shares: {ms: 1, ss: 5e-1}}"))
    assert recipe.data.shares == {"ms": 1.0, "ss": 0.5}


def two(tmp_path: Path, base: str, above: str) -> Path:
    (tmp_path / "base.yaml").write_text(base)
    return write(tmp_path, f"base: base.yaml\n{above}")


def test_a_recipe_changes_its_base_key_by_key_in_sections_and_values_as_a_whole(tmp_path):
    base = "preset: ravs-debug\ntraining: {steps: 7, seed: 3}\nmodel: {num_neighbors: 4}\ndata: {shares: {ss: 0.5}}"
    above = "training: {steps: 9}\nmodel: {remap: plain}\ndata: {shares: {ms: 1.0}}"
    recipe = read_recipe(two(tmp_path, base, above), ("training.seed=5",))
    assert (recipe.preset, recipe.training.steps, recipe.training.seed) == ("ravs-debug", 9, 5)
    assert recipe.model == {"num_neighbors": 4, "remap": "plain"}
    assert recipe.data.shares == {"ms": 1.0}


def test_a_misspelled_key_of_the_base_is_named_with_the_base_s_file(tmp_path):
    with pytest.raises(InputError, match=r"unknown key training\.stepz in .*base\.yaml; did you mean training\.steps"):
        read_recipe(two(tmp_path, "training: {stepz: 7}", "preset: ravs-debug"))


def test_a_base_has_no_base(tmp_path):
    with pytest.raises(InputError, match=r"its base base\.yaml has a base itself; recipes inherit from one file"):
        read_recipe(two(tmp_path, "base: other.yaml", "preset: ravs-debug"))


def test_a_missing_or_misspelled_base_is_reported(tmp_path):
    with pytest.raises(InputError, match="no recipe can be read there"):
        read_recipe(write(tmp_path, "base: none.yaml"))
    with pytest.raises(InputError, match="base is 5; it must be the name of one other recipe"):
        read_recipe(write(tmp_path, "base: 5"))
    with pytest.raises(InputError, match=r"unknown key bas in .*; did you mean base"):
        read_recipe(write(tmp_path, "bas: other.yaml"))


def test_the_published_keys_override_the_file_s_own_when_asked_for(tmp_path):
    base = "published: {training: {schedule: constant, learning_rate: 1e-5}}"
    path = two(tmp_path, base, "training: {steps: 5}\npublished: {training: {learning_rate: 2e-5}}")
    assert read_recipe(path).training.schedule == "cosine"
    theirs = read_recipe(path, ("training.seed=1",), published=True).training
    assert (theirs.schedule, theirs.learning_rate, theirs.steps, theirs.seed) == ("constant", 2e-5, 5, 1)
    with pytest.raises(InputError, match="has no section `published`"):
        read_recipe(write(tmp_path, "preset: ravs-tiny"), published=True)


def test_a_saved_recipe_reads_back_the_same(tmp_path):
    recipe = read_recipe(write(tmp_path, "training: {ema: 0.9}"))
    assert recipe_from_dict(recipe.as_dict()) == recipe
