import re

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ravs.config import RavsConfig
from ravs.errors import ModelNotFoundError
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.ravs import RavsModel
from ravs.modeling.weights import load_strict, state_dict_differences
from support.models import small_encoders


def tensors():
    return {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}


@pytest.mark.parametrize("left", [0, 4, 2000])
def test_a_model_whose_weights_were_cut_off_is_one_clear_line(folder, left):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(ModelNotFoundError, match=r"cannot be read \(.+\): the file is damaged; copy or fetch it again"):
        RavsModel.from_pretrained(folder)


def test_integers_do_not_pass_for_weights():
    numbers = {key: value.to(torch.int8) for key, value in tensors().items()}
    assert state_dict_differences(tensors(), numbers)[0].startswith(
        "of another kind weight (torch.int8, not torch.float32)"
    )
    assert state_dict_differences(tensors(), {key: value.half() for key, value in tensors().items()}) == []


def test_weights_load_completely_or_change_nothing():
    module = nn.Linear(3, 2)
    before = module.weight.clone()
    with pytest.raises(
        ModelNotFoundError, match=r"of a\.pth are not those of Linear: missing bias; surplus gain\. Give"
    ):
        load_strict(module, {"weight": torch.ones(2, 3), "gain": torch.ones(1)}, "a.pth")
    assert torch.equal(module.weight, before)
    load_strict(module, tensors(), "a.pth")
    assert torch.equal(module.weight, torch.ones(2, 3))


def test_many_names_are_counted_and_not_all_listed():
    found = state_dict_differences(
        nn.Linear(3, 2).state_dict(), tensors() | {f"x{index}": torch.ones(1) for index in range(12)}
    )
    assert found == ["surplus x0, x1, x2, x3, x4 and 7 more"]


# a complete model through transformers' from_pretrained


@pytest.fixture
def folder(tmp_path):
    RavsModel(RavsConfig.preset("ravs-debug")).save_pretrained(tmp_path)
    return tmp_path


def rewrite(folder, change):
    state = read_checkpoint(folder / "model.safetensors")
    change(state)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_model_comes_back_with_every_tensor_and_in_float32(folder):
    state = read_checkpoint(folder / "model.safetensors")
    rewrite(folder, lambda state: state.update({k: v.half() for k, v in state.items() if v.is_floating_point()}))
    loaded = RavsModel.from_pretrained(folder)
    for key, value in loaded.state_dict().items():
        assert value.dtype == (torch.float32 if state[key].is_floating_point() else state[key].dtype)
        torch.testing.assert_close(value, state[key].half().to(value.dtype))


def test_a_model_with_a_tensor_missing_or_surplus_or_of_another_shape_is_refused_by_name(folder):
    first = next(key for key in read_checkpoint(folder / "model.safetensors") if key.endswith("weight"))
    rewrite(folder, lambda state: state.update(surplus=torch.ones(1)))
    with pytest.raises(ModelNotFoundError, match=r"unexpected_keys: surplus"):
        RavsModel.from_pretrained(folder)
    rewrite(folder, lambda state: (state.pop("surplus"), state.pop(first)))
    with pytest.raises(ModelNotFoundError, match=f"missing_keys: {re.escape(first)}"):
        RavsModel.from_pretrained(folder)
    rewrite(folder, lambda state: state.update({first: torch.ones(7)}))
    with pytest.raises(ModelNotFoundError, match=re.escape(f"mismatched_keys: {first} ((7,), not (")):
        RavsModel.from_pretrained(folder)


def test_the_report_of_loading_is_still_given_to_who_asks(folder):
    model, report = RavsModel.from_pretrained(folder, output_loading_info=True)
    assert isinstance(model, RavsModel) and not report["missing_keys"]


def test_a_folder_without_a_model_is_one_clear_line(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"no model '.*': it is no folder with config\.json"):
        RavsModel.from_pretrained(str(tmp_path))


def test_a_frozen_encoder_comes_back_frozen_and_with_every_buffer(tmp_path, monkeypatch):
    small_encoders(monkeypatch)
    model = RavsModel(RavsConfig.preset("ravs-debug", audio_encoder="htsat")).eval()
    model.audio_encoder.model.audio_encoder.batch_norm.running_mean.uniform_()
    model.save_pretrained(tmp_path)
    loaded = RavsModel.from_pretrained(tmp_path).train()
    buffers = dict(loaded.named_buffers())
    assert buffers.keys() == dict(model.named_buffers()).keys()
    assert all(torch.equal(value, buffers[key]) for key, value in model.named_buffers())
    assert not any(parameter.requires_grad for parameter in loaded.audio_encoder.parameters())
    assert not any(module.training for module in loaded.audio_encoder.modules())
    assert loaded.decoder.training
