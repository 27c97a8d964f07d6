"""Every published recipe, preset and row of a table is built as `ravs train` builds it, and takes a step.

Encoders and fusion are small ones of their kind; all else is the recipe's: what is frozen, recomputed, optimized.
"""

from dataclasses import replace
from functools import lru_cache

import pytest
import torch

from ravs.config.presets import PRESETS
from ravs.config.recipe import ComposedDataRecipe, OptimizerRecipe, Recipe, read_recipe, resolve_config
from ravs.config.recipe.find_recipe import is_table, package_recipes
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.experiments.table import FOLDER, read_table
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.training.initialize import AudioTagger, build_model
from ravs.training.trainer.optimizer import build_optimizer
from support.models import SMALL_AUDIO_ENCODERS, clip, masks, small_encoders

RECIPES = package_recipes().values()
TABLES = [path for path in sorted(FOLDER.glob("*.yaml")) if is_table(path)]
PUBLISHED = [path for path in RECIPES if "\npublished:" in path.read_text()]
SIZES = (  # of a fusion; the debug preset has the smallest of each
    *("alignment_width", "alignment_layers", "decoder_width", "temporal_width", "temporal_heads"),
    *("encoder_layers", "query_layers", "decoder_layers", "attention_heads", "attention_points", "num_queries"),
    *("feed_forward_width", "query_feed_forward_width", "low_width", "contrast_pixels"),
)
SECONDS, SIDE = 2, 32
STEPPED = set()  # recipes that have taken their step: many differ in their set alone


def small(recipe):
    """A recipe for one step of a small model, without what has no part in that."""
    least = PRESETS[f"{resolve_config(recipe).model_type}-debug"]
    model = recipe.model | {key: least[key] for key in SIZES if key in least}
    length = {"steps": 1, "epochs": None, "warmup_epochs": None, "evaluate_every": None, "batch_size": 1}
    return replace(
        recipe,
        model=model | {"classes": least["classes"], "clip_seconds": SECONDS},
        **dict.fromkeys(("initial", "visual_weights", "audio_weights", "sight_weights")),
        data=ComposedDataRecipe(),
        training=replace(recipe.training, **length, learning_rate=0.1, workers=0, accumulation=1, seed=0),
    )


def batch_of(model):
    """A clip of noise, what sounds in it, and where, for audio encoders with directions."""
    classes = len(model.config.classes)
    batch = clip(seconds=SECONDS, height=SIDE, width=SIDE) | {"valid": torch.ones(1, SECONDS, dtype=torch.bool)}
    batch["masks"] = masks(seconds=SECONDS, height=SIDE, width=SIDE, classes=classes + 1)
    if model.config.audio_encoder in TRAINABLE_AUDIO_ENCODERS:
        directions = model.audio_encoder.directions
        batch["sounding"] = torch.rand(1, SECONDS, classes).round()
        batch["directions"] = torch.rand(1, SECONDS, classes, directions).softmax(-1)
    else:
        encoder = model.audio_encoder  # frozen: its cached features come in place of the audio
        batch["audio_features"] = torch.rand(1, SECONDS, encoder.num_tokens, encoder.channels)
    return batch


def check_step(recipe):
    """One step: the loss is finite, and all visual stages learn but the frozen ones, in class matching all."""
    if repr(recipe) in STEPPED:
        return
    model = build_model(recipe)
    batch = batch_of(model)
    trained = model
    if recipe.task == "tagging":
        trained = AudioTagger(model)
        batch = {key: batch[key] for key in ("audio_features", "sounding", "directions", "valid")}
    optimizer = build_optimizer(trained, recipe.training)
    before = {name: weight.detach().clone() for name, weight in trained.named_parameters()}
    loss = trained.train()(**batch)["loss"]
    loss.backward()
    optimizer.step()
    assert loss.isfinite()
    changed = {id(weight) for name, weight in trained.named_parameters() if not torch.equal(weight, before[name])}
    learns = [
        {(id(weight) in changed, weight.requires_grad) for module in modules for weight in module.parameters()}
        for modules in map(model.visual_encoder.stage_modules, range(4))
    ]
    frozen = 4 if isinstance(model, ClassMatchingModel) else recipe.training.frozen_stages
    if recipe.task == "tagging":
        assert changed
    else:
        assert learns[:frozen] == [{(False, False)}] * frozen
        assert all((True, True) in stage and {wants for _, wants in stage} == {True} for stage in learns[frozen:])
    STEPPED.add(repr(recipe))


@pytest.fixture(autouse=True)
def encoders(monkeypatch):
    """Small encoders; frozen audio encoders, which no step changes, are built once."""
    for name, build in AUDIO_ENCODERS.items():
        monkeypatch.setitem(SMALL_AUDIO_ENCODERS, name, build)
    small_encoders(monkeypatch)
    torch.manual_seed(0)


AUDIO_ENCODERS = {
    name: lru_cache(build) for name, build in SMALL_AUDIO_ENCODERS.items() if name not in TRAINABLE_AUDIO_ENCODERS
}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_takes_a_step(path):
    check_step(small(read_recipe(path)))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_every_baselines_own_recipe_takes_a_step(path):
    check_step(small(read_recipe(path, published=True)))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_takes_a_step(name):
    check_step(small(Recipe(preset=name)))


@pytest.mark.parametrize("name", ["ravs-mit-b5-htsat", "ravs-pvt-v2-b5-vggish", "ravs-tiny"])
def test_frozen_stages_of_every_encoder_stay_as_they_are_and_the_others_learn(name):
    training = OptimizerRecipe(frozen_stages=2, gradient_checkpointing="b5" in name)
    check_step(small(Recipe(preset=name, training=training)))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_row_of_a_table_takes_a_step(path):
    table = read_table(path)
    for row in table.rows:
        for column in table.settings:
            check_step(small(table.recipe(row, 0, column)))
