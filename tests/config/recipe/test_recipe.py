"""Recipes of published settings, and what a recipe may set for a data set and the length of a run."""

import pytest
import yaml

from ravs.config import RavsConfig
from ravs.config.presets import PRESETS
from ravs.config.recipe import (
    ComposedDataRecipe,
    DatasetRecipe,
    OptimizerRecipe,
    read_recipe,
    recipe_from_dict,
    resolve_config,
)
from ravs.config.recipe.data import DATASETS
from ravs.config.recipe.find_recipe import RECIPES
from ravs.errors import InputError
from ravs.training.trainer.arguments import training_arguments

PAPER = ("ravs-mit-b5-htsat", "ravs-mit-b5-vggish", "ravs-pvt-v2-b5-vggish")
PUBLISHED = [(name, preset) for name in DATASETS if name != "composed" for preset in PAPER]
SECONDS = {"avss": 10, "vpo-ss": 1, "vpo-ms": 1, "vpo-msmi": 1}


def file_of(name, preset):
    tail = "" if preset == PAPER[0] else preset.removeprefix("ravs")
    return RECIPES / "ravs" / f"{name}{tail}.yaml"


@pytest.mark.parametrize(("name", "preset"), PUBLISHED)
def test_each_published_setting_has_a_recipe_with_fifty_frames_a_step_and_its_audio_encoder(name, preset):
    recipe = read_recipe(file_of(name, preset))
    config = RavsConfig.preset(recipe.preset, **recipe.model)
    assert (recipe.preset, recipe.data.set, recipe.training.epochs) == (preset, name, 150)
    assert config.clip_seconds == SECONDS.get(name, 5)
    assert recipe.training.batch_size * config.clip_seconds == 50
    assert PRESETS[preset]["audio_encoder"] in recipe.audio_weights.lower()


@pytest.mark.parametrize(
    "path", [RECIPES / "ravs" / "published.yaml", *(file_of(*one) for one in PUBLISHED)], ids=lambda p: p.stem
)
def test_every_value_of_a_published_recipe_says_where_it_comes_from(path):
    for line in path.read_text().splitlines():
        value = line.partition(":")[2].strip()
        if value and not line.startswith(("#", "task", "base")) and "set:" not in line:
            assert "  # " in line, line


def test_a_published_recipe_inherits_from_one_file_alone():
    for one in PUBLISHED:
        assert yaml.safe_load(file_of(*one).read_text())["base"] == "published.yaml"


def test_a_recipe_trains_on_a_data_set_where_it_names_one():
    assert isinstance(recipe_from_dict({"data": {"set": "ms3", "flip": 0}}).data, DatasetRecipe)
    assert isinstance(recipe_from_dict({"data": {"scenes": 4}}).data, ComposedDataRecipe)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data": {"set": "s5"}}, r"data\.set is 's5'; it must be one of s4, ms3"),
        ({"data": {"set": "s4", "scenes": 3}}, "unknown key data.scenes in the recipe"),
        ({"data": {"set": "s4", "flipp": 1.0}}, "did you mean data.flip"),
        ({"data": {"set": "s4", "flip": 2.0}}, "data.flip is 2.0; it must lie between 0 and 1"),
        ({"data": {"set": "s4", "smallest": 2.0, "largest": 1.0}}, "data.largest is 1.0; it must lie between 2"),
        ({"training": {"steps": 3, "epochs": 3}}, "a run lasts for one of them; set the other to null"),
        ({"training": {"epochs": 3, "warmup_epochs": 3}}, "warmup_epochs is 3 of 3 training.epochs"),
        ({"training": {"steps": 3, "warmup_epochs": 1}}, "a run of steps takes training.warmup_steps"),
        ({"task": "tagging", "training": {"epochs": 3}}, "give training.steps, no set"),
        ({"task": "tagging", "data": {"set": "s4"}}, "give training.steps, no set"),
    ],
)
def test_what_does_not_go_together_is_one_line(values, message):
    with pytest.raises(InputError, match=message):
        recipe_from_dict(values)


def test_a_run_of_epochs_warms_up_for_a_share_of_them(tmp_path):
    arguments = training_arguments(OptimizerRecipe(epochs=50, warmup_epochs=2), tmp_path)
    assert (arguments.max_steps, arguments.num_train_epochs, arguments.warmup_steps) == (-1, 50, 0.04)
    assert arguments.get_warmup_steps(1000) == 40


def test_a_run_lasts_a_thousand_steps_by_default():
    assert (OptimizerRecipe().steps, OptimizerRecipe(epochs=3).steps) == (1000, None)


EPOCHS = {
    "tpavi": {"s4": 15, "ms3": 30, "avss": 60},
    "avsegformer": {"s4": 30, "ms3": 60, "avss": 30},
    "cavp": {"s4": 60, "ms3": 60, "avss": 80, "vpo": 80},
}
BASELINES = [(method, name) for method in ("tpavi", "avsegformer", "cavp") for name in DATASETS if name != "composed"]


@pytest.mark.parametrize(("method", "name"), BASELINES)
def test_a_baseline_has_our_schedule_and_its_own_where_its_authors_publish_one(method, name):
    path = RECIPES / "baselines" / f"{method}-{name}.yaml"
    ours, reference = read_recipe(path), read_recipe(file_of(name, PAPER[2]))
    assert ours.preset == f"{method}-pvt-v2-b5-vggish" and resolve_config(ours).model_type == method
    assert (ours.training, ours.data, ours.audio_weights) == (
        reference.training,
        reference.data,
        reference.audio_weights,
    )
    if name.startswith("vpo") and method != "cavp":
        with pytest.raises(InputError, match="no section `published`"):
            read_recipe(path, published=True)
        return
    own = read_recipe(path, published=True)
    config = resolve_config(own)
    assert config.model_type == method
    assert (resolve_config(ours).loss, config.loss) == ("shared", "own")
    assert config.auxiliary_weight == {"tpavi": 0.0 if name == "s4" else 0.5, "avsegformer": 0.1, "cavp": 1.0}[method]
    assert (own.training.seed, own.training.precision) == (666 if method == "cavp" else 123, "fp32")
    assert own.training.epochs == EPOCHS[method][name.partition("-")[0]]
    assert own.training.optimiser == {"tpavi": "adam", "avsegformer": "adamw", "cavp": "sgd"}[method]
    assert own.training.gradient_checkpointing == reference.training.gradient_checkpointing
