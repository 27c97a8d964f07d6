"""The model is trained as RAVS is: by a recipe, from a run or from a model of other classes."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoModel

from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.training.initialize import build_model
from ravs.training.run import train
from support.models import SMALL_AUDIO_ENCODERS
from support.runs import CLASSES, recipe

PRESET = "class-matching-debug"


@pytest.fixture
def small_audio(monkeypatch):
    monkeypatch.setattr("ravs.modeling.base.build_audio_encoder", lambda name, **_: SMALL_AUDIO_ENCODERS[name]())


@pytest.mark.usefixtures("small_audio")
def test_a_recipe_trains_it_and_leaves_what_is_frozen(library_root, tmp_path):
    wanted = replace(recipe(), preset=PRESET, model={"classes": CLASSES})
    before = build_model(wanted).state_dict()
    train(wanted, library=library_root, out=tmp_path / "run")
    model = AutoModel.from_pretrained(tmp_path / "run")
    assert type(model) is ClassMatchingModel
    changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert {key.split(".")[0] for key in changed} == {"sight_net", "sound_classifier", "mask_head"}


@pytest.mark.usefixtures("small_audio")
def test_it_starts_from_a_model_of_other_classes(debug, tmp_path):
    old = debug(classes=("dog", "car"))
    old.save_pretrained(tmp_path)
    wanted = replace(recipe(initial=str(tmp_path)), preset=PRESET, model={"classes": ("owl", "car", "dog")})
    model = build_model(wanted)
    rows = torch.tensor([0, 2, 1])  # none, car, dog
    for name in ("sight_net.classify", "sound_classifier.classify"):
        new_part, old_part = model.get_submodule(name), old.get_submodule(name)
        assert torch.equal(new_part.weight[[0, 2, 3]], old_part.weight[rows])
        assert torch.equal(new_part.bias[[0, 2, 3]], old_part.bias[rows])
    assert torch.equal(model.sight_net.class_map_weight[[1, 2]], old.sight_net.class_map_weight[[1, 0]])
    assert torch.equal(model.mask_head.classify.weight, old.mask_head.classify.weight)
