"""What a run on the paper's encoders saves: its best weights, the same whether or not it was stopped on the way."""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import PreTrainedModel

from ravs.cli.main import main
from ravs.config import RavsConfig
from ravs.model import RavsModel
from ravs.recipe import Recipe
from ravs.shell import weights_in
from ravs.training.saving import SavingTrainer
from ravs.training.start import build_model
from ravs.training.trainer import RavsTrainer
from support.models import small_encoders

FOLDER = Path(__file__).parents[2] / "recipes"
MODEL = "{clip_seconds: 5, image_size: 32, alignment_layers: 1, decoder_width: 16, temporal_width: 16}"
TRAINING = ("epochs=3", "warmup_epochs=0", "batch_size=1", "workers=0", "learning_rate=0.01")
FIGURES = {1: 0.1, 2: 0.9, 3: 0.5}  # by step: the second is the best


def run(recipe, data, out, *changes):
    """`ravs train` with small encoders and random weights."""
    changes = ("visual_weights=null", "audio_weights=null", f"model={MODEL}", *changes)
    words = [word for change in changes for word in ("--set", change)]
    return main(["train", str(FOLDER / recipe), "--data", str(data), "--out", str(out), *words])


def tensors(path):
    return load_file(path / "model.safetensors")


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("recipe", "kind", "ema"),
    [("s4.yaml", "s4", "null"), ("ms3-pvt-v2-b5-vggish.yaml", "ms3", "0.5")],
    ids=["MiT-B5 and HTSAT", "PVT-v2-B5 and VGGish"],
)
def test_a_published_recipe_saves_its_best_weights_and_the_same_after_a_stop(
    tmp_path, miniature, monkeypatch, recipe, kind, ema
):
    small_encoders(monkeypatch)
    data = miniature(kind, folder=tmp_path / "data")
    changes = (*(f"training.{change}" for change in TRAINING), f"training.ema={ema}")
    evaluate, compute_loss = SavingTrainer.evaluate, RavsTrainer.compute_loss
    monkeypatch.setattr(
        SavingTrainer,
        "evaluate",
        lambda self, *a, **k: evaluate(self, *a, **k) | {"eval_jf": FIGURES[self.state.global_step]},
    )
    assert run(recipe, data, tmp_path / "whole", *changes) == 0

    def stop(self, *args, **kwargs):
        if self.state.global_step == 2:
            raise KeyboardInterrupt
        return compute_loss(self, *args, **kwargs)

    monkeypatch.setattr(RavsTrainer, "compute_loss", stop)
    assert run(recipe, data, tmp_path / "broken", *changes) == 130
    assert not (tmp_path / "broken" / "checkpoint-3").exists()
    monkeypatch.setattr(RavsTrainer, "compute_loss", compute_loss)
    shutil.move(tmp_path / "broken", tmp_path / "moved")
    assert run(recipe, data, tmp_path / "moved", *changes) == 0

    whole, moved = tmp_path / "whole", tmp_path / "moved"
    assert same(tensors(whole), tensors(moved))
    assert same(tensors(whole / "checkpoint-3"), tensors(moved / "checkpoint-3"))
    best, last = (tensors(whole / f"checkpoint-{step}") for step in (2, 3))
    if ema != "null":
        best |= load_file(whole / "checkpoint-2" / "average.safetensors")
    assert same(tensors(whole), best) and not same(tensors(whole), last)
    model = RavsModel.from_pretrained(whole)
    assert same(model.state_dict(), tensors(whole))
    keys = {key: getattr(model.config, key) for key in RavsConfig.own_keys()}
    again = build_model(Recipe(preset="ravs-debug", model=keys, initial=str(whole)))
    eyes = build_model(Recipe(preset="ravs-debug", model=keys, visual_weights=str(whole)))
    assert same(again.state_dict(), tensors(whole))
    assert same(eyes.visual_encoder.state_dict(), model.visual_encoder.state_dict())


@pytest.mark.parametrize("ears", ["panorama-cnn", "vggish", "htsat"])
@pytest.mark.parametrize("eyes", ["mit-b5", "pvt-v2-b5", "debug"])
def test_a_saved_model_has_its_own_names_and_a_folder_in_the_names_of_transformers_gives_the_same(
    tmp_path, monkeypatch, eyes, ears
):
    small_encoders(monkeypatch)
    model = RavsModel(RavsConfig.preset("ravs-debug", visual_encoder=eyes, audio_encoder=ears))
    model.save_pretrained(tmp_path / "ours")
    assert same(tensors(tmp_path / "ours"), model.state_dict())
    PreTrainedModel.save_pretrained(model, tmp_path / "theirs")  # as an earlier version of ours saved it
    assert (tensors(tmp_path / "theirs").keys() == model.state_dict().keys()) == (eyes != "mit-b5")
    assert same(weights_in(tmp_path / "theirs"), model.state_dict())
    for name in ("ours", "theirs"):
        assert same(RavsModel.from_pretrained(tmp_path / name).state_dict(), model.state_dict())
