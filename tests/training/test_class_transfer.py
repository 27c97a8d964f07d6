"""Weights of a model for other classes."""

import pytest
import torch
from safetensors.torch import save_file

from ravs.config import RavsConfig
from ravs.errors import ModelNotFoundError
from ravs.modeling.ravs import RavsModel
from ravs.modeling.registry import build
from ravs.training.class_transfer import keep_classes, load_initial_weights


def model_of(classes, seed=0, **changes):
    torch.manual_seed(seed)
    return RavsModel(RavsConfig.preset("ravs-debug", classes=classes, **changes))


def clip():
    generator = torch.Generator().manual_seed(0)
    return {
        "pixel_values": torch.randn(1, 2, 3, 64, 64, generator=generator),
        "audio_features": torch.randn(1, 2, 2, 100, 64, generator=generator),
    }


def test_weights_in_several_files_are_those_in_one(tmp_path):
    old, new = model_of(("dog", "car")), model_of(("dog", "car"), seed=1)
    old.save_pretrained(tmp_path, max_shard_size="40KB")
    assert not (tmp_path / "model.safetensors").exists() and len(list(tmp_path.glob("model-*.safetensors"))) > 1
    load_initial_weights(new, str(tmp_path))
    assert all(torch.equal(value, new.state_dict()[key]) for key, value in old.state_dict().items())
    for part in list(tmp_path.glob("model-*.safetensors"))[1:]:
        part.unlink()
    with pytest.raises(ModelNotFoundError, match=r"no weights at .*model-0000"):
        load_initial_weights(new, str(tmp_path))


def test_a_list_of_files_that_cannot_be_read_is_named(tmp_path):
    old = model_of(("dog", "car"))
    old.save_pretrained(tmp_path, max_shard_size="40KB")
    for text in ("[]", "{}", '{"weight_map": 1}', "{"):
        (tmp_path / "model.safetensors.index.json").write_text(text)
        with pytest.raises(ModelNotFoundError, match=r"index\.json names no parts"):
            load_initial_weights(old, str(tmp_path))
    with pytest.raises(ModelNotFoundError, match="cannot be read"):
        RavsModel.from_pretrained(tmp_path)


def test_weights_that_are_not_those_of_their_own_configuration_are_reported_as_such(tmp_path):
    old = model_of(("dog", "car"))
    old.save_pretrained(tmp_path)
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelNotFoundError, match=r"its keys are the same, its weights are not \(missing"):
        load_initial_weights(old, str(tmp_path))


def test_a_model_for_more_classes_has_the_same_logits_for_the_old_ones(tmp_path):
    old = model_of(("dog", "car"))
    old.save_pretrained(tmp_path)
    new = model_of(("owl", "car", "dog"), seed=1)
    fresh = new.heads.classify.weight[1].clone()
    load_initial_weights(new, str(tmp_path))
    before, after = old(**clip()).logits, new(**clip()).logits
    torch.testing.assert_close(after[:, :, [0, 3, 2]], before)
    assert torch.equal(new.heads.classify.weight[1], fresh)  # of the class that was not known


def test_names_of_a_data_set_which_have_hyphens_are_those_of_the_model(tmp_path):
    old, new = model_of(("dog", "truck_bus")), model_of(("truck-bus", "owl"), seed=1)
    old.save_pretrained(tmp_path)
    load_initial_weights(new, str(tmp_path))
    assert torch.equal(new.heads.classify.weight[1], old.heads.classify.weight[2])


def test_with_the_same_classes_all_weights_are_those_of_the_other_model(tmp_path):
    old, new = model_of(("dog", "car")), model_of(("dog", "car"), seed=1)
    old.save_pretrained(tmp_path)
    load_initial_weights(new, str(tmp_path))
    assert all(torch.equal(value, new.state_dict()[key]) for key, value in old.state_dict().items())


def test_a_model_that_differs_in_more_than_classes_is_refused(tmp_path):
    model_of(("dog", "car")).save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match="decoder"):
        load_initial_weights(model_of(("dog", "car"), decoder_width=8), str(tmp_path))


@pytest.mark.parametrize("method", ["tpavi", "avsegformer", "cavp"])
def test_a_baseline_starts_from_one_of_other_classes_too(tmp_path, method):
    old, new = (build(RavsConfig.preset(f"{method}-debug", classes=names)) for names in (("a", "b"), ("c", "b", "a")))
    old.save_pretrained(tmp_path)
    load_initial_weights(new, str(tmp_path))
    torch.testing.assert_close(new(**clip()).logits[:, :, [0, 3, 2]], old(**clip()).logits)


def test_other_classes_and_another_part_are_one_clear_error(tmp_path):
    model_of(("dog", "car")).save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match="heads"):
        load_initial_weights(model_of(("owl",), uncertainty=False), str(tmp_path))


@pytest.mark.parametrize("names", [("dog", "car"), ("owl",)], ids=["the same classes", "other classes"])
def test_a_model_of_other_widths_is_one_line_that_names_both_and_the_keys_in_which_they_differ(tmp_path, names):
    model_of(("dog", "car")).save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError) as caught:
        load_initial_weights(model_of(names, decoder_width=8, temporal_width=32), str(tmp_path))
    message = str(caught.value)
    assert f"initial {tmp_path} does not have this recipe's sizes" in message
    assert "decoder_width is 16 there and 8 here, temporal_width is 16 there and 32 here" in message
    assert "of another shape decoder." in message and "16" in message.partition("of another shape")[2]


def test_a_model_of_another_method_names_both_methods(tmp_path):
    build(RavsConfig.preset("tpavi-debug")).save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match="model_type is tpavi there and ravs here"):
        load_initial_weights(model_of(("dog", "car")), str(tmp_path))


def test_some_classes_alone_keep_their_logits_and_the_configuration():
    model = model_of(("dog", "car", "owl"), temporal_heads=4)
    smaller = keep_classes(model, ("owl", "dog"))
    torch.testing.assert_close(smaller(**clip()).logits, model(**clip()).logits[:, :, [0, 3, 1]])
    assert (smaller.config.classes, smaller.config.temporal_heads) == (("owl", "dog"), 4)
    with pytest.raises(ValueError, match="no class cat in this model; it knows dog, car, owl"):
        keep_classes(model, ("cat",))
