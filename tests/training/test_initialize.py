"""The initial weights of a run, and which of them are trained."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from transformers import TrainerState, TrainingArguments

from ravs.config import RavsConfig
from ravs.config.recipe import OptimizerRecipe
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.encoders.pretrained import pretrained_encoder_weights
from ravs.modeling.encoders.visual.mit_pvt import PyramidTransformer
from ravs.modeling.ravs import RavsModel
from ravs.modeling.weights import module_state
from ravs.training.data.batch_sampler import DistributedBatchSampler
from ravs.training.initialize import (
    AudioTagger,
    build_model,
    enable_gradient_checkpointing,
    freeze_stages,
)
from ravs.training.trainer.optimizer import parameter_groups
from ravs.training.trainer.trainer import StartEpoch
from support.models import small_encoders
from support.runs import MODEL, recipe


def test_the_visual_encoder_is_frozen_for_the_first_epochs_alone():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    callback = StartEpoch(DistributedBatchSampler(8, batch_size=2), model, frozen_epochs=2)
    trained = []
    for epoch in (0.0, 1.5, 2.0):
        callback.on_epoch_begin(TrainingArguments(use_cpu=True), TrainerState(epoch=epoch), None)
        trained.append(any(one.requires_grad for one in model.visual_encoder.parameters()))
    assert trained == [False, False, True] and callback.batch_sampler.epoch == 2
    assert all(one.requires_grad for one in model.decoder.parameters())


def test_a_model_of_transformers_layers_has_the_same_gradients_with_less_memory(monkeypatch):
    monkeypatch.setattr("ravs.modeling.base.build_visual_encoder", lambda name: PyramidTransformer(depths=(1, 1, 1, 1)))
    torch.manual_seed(0)
    model = RavsModel(RavsConfig.preset("ravs-debug", visual_encoder="pvt-v2-b5")).train()
    inputs = {
        "pixel_values": torch.randn(1, 1, 3, 32, 32),
        "audio_features": torch.randn(1, 1, 2, 100, 64),
        "masks": torch.randint(0, 3, (1, 1, 32, 32)),
    }

    def gradients() -> dict[str, torch.Tensor]:
        model.zero_grad()
        torch.manual_seed(1)  # of stochastic depth
        model(**inputs).loss.backward()
        return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}

    plain = gradients()
    enable_gradient_checkpointing(model)
    assert model.visual_encoder.model.encoder.layers[0].gradient_checkpointing
    again = gradients()
    assert plain.keys() == again.keys()
    for name, gradient in plain.items():
        torch.testing.assert_close(again[name], gradient)


def test_a_run_on_everything_in_view_gives_visual_encoder_decoder_and_heads(tmp_path):
    sight = RavsModel(RavsConfig.preset("ravs-debug", alignment="none", contrastive=False, **MODEL))
    sight.save_pretrained(tmp_path)
    model = build_model(recipe(sight_weights=str(tmp_path)))
    for name in ("visual_encoder", "decoder", "temporal", "heads"):
        for key, value in getattr(sight, name).state_dict().items():
            torch.testing.assert_close(getattr(model, name).state_dict()[key], value)
    fresh = build_model(recipe())
    torch.testing.assert_close(model.alignments[0].project_out.weight, fresh.alignments[0].project_out.weight * 0.1)


@pytest.mark.parametrize("change", ["missing", "surplus", "misshapen"])
@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("visual_weights", "visual_encoder"),
        ("audio_weights", "audio_encoder"),
        *(("sight_weights", part) for part in ("visual_encoder", "decoder", "temporal", "heads")),
    ],
)
def test_weights_of_a_part_that_do_not_all_fit_are_refused_and_named(tmp_path, key, part, change):
    state = RavsModel(RavsConfig.preset("ravs-debug", **MODEL)).state_dict()
    name = next(one for one in state if one.startswith(f"{part}.") and state[one].ndim)
    if change == "surplus":
        state[f"{part}.another"] = torch.zeros(3)
        name = f"{part}.another"
    else:
        value = state.pop(name)
        state |= {name: torch.zeros(*value.shape, 1)} if change == "misshapen" else {}
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(ModelNotFoundError, match=rf"{name.removeprefix(part)[1:]}.*--set {key}=PATH"):
        build_model(recipe(**{key: str(tmp_path)}))


def test_encoders_learn_at_a_lower_rate_and_vectors_have_no_weight_decay():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    groups = parameter_groups(model, OptimizerRecipe(learning_rate=1.0, encoder_rate=0.25, weight_decay=0.5))
    settings = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert settings[id(model.decoder.fuse.weight)] == (1.0, 0.5)
    assert settings[id(model.decoder.norm.weight)] == (1.0, 0.0)
    assert settings[id(model.visual_encoder.stem.conv.weight)] == (0.25, 0.5)
    assert len(settings) == sum(1 for _ in model.parameters())


def test_frozen_stages_get_no_gradient_and_later_ones_do():
    encoder = RavsModel(RavsConfig.preset("ravs-debug")).visual_encoder
    freeze_stages(encoder, 1)
    assert not any(p.requires_grad for part in (encoder.stem, encoder.stages[0]) for p in part.parameters())
    assert all(p.requires_grad for p in encoder.stages[1].parameters())
    with pytest.raises(InputError, match="frozen_stages is 9, and the visual encoder has 4"):
        freeze_stages(encoder, 9)


def test_what_a_tagger_learned_is_what_the_complete_model_starts_from(tmp_path):
    torch.manual_seed(5)
    tagger = AudioTagger(RavsModel(RavsConfig.preset("ravs-debug", **MODEL)))
    save_file(tagger.state_dict(), tmp_path / "model.safetensors")
    model = build_model(recipe(audio_weights=str(tmp_path)))
    expected = module_state(tagger.state_dict(), "audio_encoder")
    assert expected.keys() == model.audio_encoder.state_dict().keys()
    for key, value in model.audio_encoder.state_dict().items():
        torch.testing.assert_close(value, expected[key])


@pytest.mark.parametrize("name", ["aisfx", "yamnet", "yamnet-panorama"])
def test_the_weights_in_this_package_are_taken_by_name(name):
    changes = {**MODEL, "audio_encoder": name, "tagging_weight": 0.0}
    model = build_model(replace(recipe(audio_weights=name), model=changes))
    for key, value in pretrained_encoder_weights(name).items():
        assert torch.equal(model.audio_encoder.state_dict()[key], value)


def test_class_matching_takes_imagenets_classifier_with_the_visual_encoder(tmp_path):
    wanted = replace(recipe(visual_weights="imagenet"), preset="class-matching-tiny", model={"classes": ["dog"]})
    model = build_model(wanted)
    for part, name in (("visual_encoder", "efficientnet-lite0"), ("class_maps", "efficientnet-lite0-head")):
        for key, value in pretrained_encoder_weights(name).items():
            assert torch.equal(getattr(model, part).state_dict()[key], value)
    model.save_pretrained(tmp_path)
    again = build_model(replace(wanted, visual_weights=str(tmp_path)))
    assert torch.equal(again.class_maps.classifier.weight, model.class_maps.classifier.weight)


@pytest.mark.parametrize("key", ["visual_weights", "audio_weights"])
def test_missing_weights_name_the_file_and_the_recipe_s_key(tmp_path, monkeypatch, key):
    small_encoders(monkeypatch)
    encoders = {"visual_encoder": "mit-b5", "audio_encoder": "vggish", "classes": ["a"]}
    lacking = replace(recipe(), model=encoders, **{key: str(tmp_path / "gone.pth")})
    with pytest.raises(ModelNotFoundError) as caught:
        build_model(lacking)
    message = str(caught.value)
    assert (
        "no weights at" in message and ("mit_b5.pth" if key == "visual_weights" else "vggish-10086976.pth") in message
    )
    assert f"--set {key}=PATH names a file or folder, --set {key}=null starts from random weights" in message
