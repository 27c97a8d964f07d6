"""The weights that a run with the paper's encoders saves: its best, the same whether or not it was interrupted."""

import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from transformers import PreTrainedModel

from ravs.cli.main import main
from ravs.config import RavsConfig
from ravs.config.recipe import Recipe
from ravs.modeling.base import read_model_weights
from ravs.modeling.ravs import RavsModel
from ravs.training.initialize import build_model
from ravs.training.run_folder.names import EMA_WEIGHTS
from ravs.training.trainer.checkpointing import CheckpointingTrainer
from ravs.training.trainer.trainer import RavsTrainer
from support.models import small_encoders

MODEL = "{clip_seconds: 5, image_size: 32, alignment_layers: 1, decoder_width: 16, temporal_width: 16}"
TRAINING = ("epochs=3", "warmup_epochs=0", "batch_size=1", "workers=0", "learning_rate=0.01")
FIGURES = {1: 0.1, 2: 0.9, 3: 0.5}  # by step: the second is the best


def run(recipe, data, out, *changes):
    """`ravs train` with small encoders and random weights."""
    changes = ("visual_weights=null", "audio_weights=null", f"model={MODEL}", *changes)
    words = [word for change in changes for word in ("--set", change)]
    return main(["train", recipe, "--data", str(data), "--out", str(out), *words])


def tensors(path):
    return load_file(path / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


@pytest.fixture
def stops(monkeypatch):
    """stops(step): whether runs are interrupted after that step. Their best step is the one of `FIGURES`."""
    small_encoders(monkeypatch)
    evaluate, compute_loss, at = CheckpointingTrainer.evaluate, RavsTrainer.compute_loss, []

    def evaluated(self, *args, **kwargs):
        return evaluate(self, *args, **kwargs) | {"eval_jf": FIGURES[self.state.global_step]}

    def computed(self, *args, **kwargs):
        if self.state.global_step in at:
            raise KeyboardInterrupt
        return compute_loss(self, *args, **kwargs)

    monkeypatch.setattr(CheckpointingTrainer, "evaluate", evaluated)
    monkeypatch.setattr(RavsTrainer, "compute_loss", computed)
    return lambda *steps: at.__setitem__(slice(None), steps)


PVT = "ms3-pvt-v2-b5-vggish"
TIMM = ("model.visual_encoder=timm:resnet18", "training.gradient_checkpointing=false")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("recipe", "kind", "changes"),
    [
        pytest.param("s4", "s4", (), id="MiT-B5 and HTSAT"),
        pytest.param(PVT, "ms3", ("training.ema=0.5",), id="PVT-v2-B5 and VGGish, averaged"),
        pytest.param(PVT, "ms3", TIMM, id="timm", marks=pytest.mark.timm),
    ],
)
def test_a_published_recipe_saves_its_best_weights_and_the_same_after_a_stop(
    tmp_path, miniature, stops, recipe, kind, changes
):
    data = miniature(kind, folder=tmp_path / "data")
    changes = (*(f"training.{change}" for change in TRAINING), *changes)
    unbroken, broken, moved = (tmp_path / name for name in ("unbroken", "broken", "moved"))
    assert run(recipe, data, unbroken, *changes) == 0
    stops(2)
    assert run(recipe, data, broken, *changes) == 130
    assert (broken / "checkpoint-2").exists() and not (broken / "checkpoint-3").exists()
    stops()
    shutil.move(broken, moved)
    assert run(recipe, data, moved, *changes) == 0

    saved, best, last = (tensors(unbroken / name) for name in ("", "checkpoint-2", "checkpoint-3"))
    assert same(saved, tensors(moved)) and same(last, tensors(moved / "checkpoint-3"))
    if (unbroken / "checkpoint-2" / EMA_WEIGHTS).exists():
        best |= load_file(unbroken / "checkpoint-2" / EMA_WEIGHTS)
    assert same(saved, best) and not same(saved, last)
    check_starts(unbroken, saved)


def check_starts(folder, saved):
    """The weights of a run are those of the model that is loaded from it, and of runs that start from it."""
    model = RavsModel.from_pretrained(folder)
    assert same(model.state_dict(), saved)
    recipe = Recipe(preset="ravs-debug", model={key: getattr(model.config, key) for key in RavsConfig.own_keys()})
    assert same(build_model(replace(recipe, initial=str(folder))).state_dict(), saved)
    encoder = build_model(replace(recipe, visual_weights=str(folder))).visual_encoder
    assert same(encoder.state_dict(), model.visual_encoder.state_dict())


@pytest.mark.parametrize("audio", ["panorama-cnn", "vggish", "htsat"])
@pytest.mark.parametrize("visual", ["mit-b5", "pvt-v2-b5", "debug"])
def test_a_saved_model_has_its_own_names_and_a_folder_in_the_names_of_transformers_gives_the_same(
    tmp_path, monkeypatch, visual, audio
):
    small_encoders(monkeypatch)
    model = RavsModel(RavsConfig.preset("ravs-debug", visual_encoder=visual, audio_encoder=audio))
    model.save_pretrained(tmp_path / "ours")
    assert same(tensors(tmp_path / "ours"), model.state_dict())
    PreTrainedModel.save_pretrained(model, tmp_path / "theirs")  # as an earlier version of ours saved it
    assert (tensors(tmp_path / "theirs").keys() == model.state_dict().keys()) == (visual != "mit-b5")
    assert same(read_model_weights(tmp_path / "theirs"), model.state_dict())
    for name in ("ours", "theirs"):
        assert same(RavsModel.from_pretrained(tmp_path / name).state_dict(), model.state_dict())
