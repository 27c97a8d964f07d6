"""What users of transformers expect of a model, for every method alike."""

import pytest
import torch
from transformers import AutoModelForSemanticSegmentation

from ravs.config import RavsConfig
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.ravs import RavsModel
from ravs.modeling.registry import build
from ravs.training.initialize import enable_gradient_checkpointing

PRESETS = ("ravs-debug", "class-matching-debug", "tpavi-debug", "avsegformer-debug", "cavp-debug")
CHANNELS = {"class-matching-debug": 3}  # hidden states: fine, middle and coarse; of the others one for each stage


def a_model(preset, **changes):
    torch.manual_seed(0)
    return build(RavsConfig.preset(preset, **changes))


def inputs(config, clips=1, seconds=2, side=64):
    torch.manual_seed(1)
    front = front_end(config.audio_encoder)
    return {
        "pixel_values": torch.randn(clips, seconds, 3, side, side),
        "audio_features": front(torch.randn(clips * seconds, 2, front.sample_rate_hz) * 0.1).unflatten(0, (clips, -1)),
    }


def masks(clips=1, seconds=2, side=64):
    labels = torch.zeros(clips, seconds, side, side, dtype=torch.long)
    labels[..., :32, :32], labels[..., 40:, 40:] = 1, 2
    return labels


@pytest.mark.parametrize("preset", PRESETS)
def test_labels_are_masks_under_transformers_name(preset):
    model = a_model(preset)
    one, other = (model(**inputs(model.config), **{name: masks()}) for name in ("masks", "labels"))
    assert one.loss.isfinite() and torch.equal(one.loss, other.loss)
    with pytest.raises(InputError, match="masks and labels are two names"):
        model(**inputs(model.config), masks=masks(), labels=masks())


@pytest.mark.parametrize("preset", PRESETS)
def test_outputs_are_a_tuple_and_have_hidden_states_where_asked_for(preset):
    model = a_model(preset)
    named = model(**inputs(model.config), output_hidden_states=True)
    assert model(**inputs(model.config)).hidden_states is None
    sizes = [one.shape[-1] for one in named.hidden_states]
    assert sizes == [16, 8, 4, 2][-CHANNELS.get(preset, 4) :]
    assert all(one.shape[:2] == (1, 2) for one in named.hidden_states)
    plain = model(**inputs(model.config), return_dict=False)
    assert isinstance(plain, tuple) and torch.equal(plain[0], named.logits)
    model.config.return_dict, model.config.output_hidden_states = False, True
    assert isinstance(model(**inputs(model.config))[-1], tuple)


@pytest.mark.parametrize("preset", PRESETS)
def test_gradients_with_checkpointing_are_the_same_and_values_are_computed_twice(preset):
    def gradients(enable):
        model = a_model(preset)
        calls = []
        part = model.mask_head if preset.startswith("class") else model.heads if hasattr(model, "heads") else None
        watched = model.decoder if hasattr(model, "decoder") else part or model
        watched.register_forward_pre_hook(lambda *_: calls.append(1))
        if enable:
            enable_gradient_checkpointing(model)
        model.train()
        torch.manual_seed(2)
        model(**inputs(model.config), labels=masks()).loss.backward()
        return len(calls), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

    (once, plain), (twice, checkpointed) = gradients(False), gradients(True)
    assert plain.keys() == checkpointed.keys() and plain
    for name, gradient in plain.items():
        torch.testing.assert_close(checkpointed[name], gradient, msg=name)
    if preset in ("ravs-debug", "class-matching-debug"):
        assert (once, twice) == (1, 2)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_inputs_are_computed_with_at_the_models_own_dtype(preset, dtype):
    model = a_model(preset)
    expected = model(**inputs(model.config)).adjusted_logits.softmax(2)
    found = model.to(dtype)(**inputs(model.config)).adjusted_logits.float().softmax(2)
    assert found.isfinite().all()
    torch.testing.assert_close(found, expected, rtol=0, atol=0.1)


@pytest.mark.parametrize("preset", ["ravs-debug", "class-matching-debug"])
def test_classes_of_ones_own_start_untrained_and_all_else_is_kept(preset, tmp_path):
    old = a_model(preset)
    old.save_pretrained(tmp_path)
    own = {"id2label": {0: "background", 1: "bell"}, "ignore_mismatched_sizes": True}
    with pytest.warns(UserWarning, match=r"newly initialized: .*classify.bias \(\(3,\), not \(2,\)\).*Train the model"):
        new = type(old).from_pretrained(tmp_path, **own)
    assert new.config.classes == ("bell",) and new(**inputs(new.config)).logits.shape[2] == 2
    fresh, before = type(old)(new.config).state_dict(), old.state_dict()
    for name, value in new.state_dict().items():
        if value.shape == before[name].shape:
            assert torch.equal(value, before[name]), name
        else:  # as large as those of a new model
            assert value.isfinite().all() and value.abs().max() <= 2 * fresh[name].abs().max() + 0.5, name


def test_other_classes_are_an_error_that_names_the_weights_unless_asked_for(tmp_path):
    a_model("ravs-debug").save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match=r"heads\.classify\.bias \(\(3,\), not.*ignore_mismatched_sizes"):
        RavsModel.from_pretrained(tmp_path, classes=["bell"])


def test_a_model_of_another_method_is_an_error_that_names_the_right_class():
    with pytest.raises(ModelNotFoundError, match=r"take ClassMatchingModel .from ravs.modeling.matching.*AutoModel"):
        RavsModel.from_pretrained("ravs-film")
    with pytest.raises(ModelNotFoundError, match=r"take RavsModel .from ravs.modeling.ravs import RavsModel"):
        ClassMatchingModel.from_pretrained("ravs-tiny")


def test_shipped_weights_are_found_by_name_and_by_the_auto_class_of_the_task(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    film = ClassMatchingModel.from_pretrained("ravs-film")
    assert (film.config.num_labels, film.dtype) == (50, torch.float32)
    again = AutoModelForSemanticSegmentation.from_pretrained(film.config.name_or_path)
    assert type(again) is ClassMatchingModel
    assert type(RavsModel.from_pretrained("ravs-tiny")) is RavsModel
