"""Files load completely or not at all, and where initial weights come from."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel

from ravs.config import RavsConfig
from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.pretrained import load_encoder
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.ravs import RavsModel
from support.models import clip, tiny


def test_a_saved_model_comes_back_with_every_weight_and_buffer(tmp_path):
    model = tiny().train()
    model(**clip())  # running statistics move
    model.eval().save_pretrained(tmp_path)
    for again in (RavsModel.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)):
        assert isinstance(again, RavsModel) and not again.training
        stored, loaded = (dict([*m.named_parameters(), *m.named_buffers()]) for m in (model, again))
        assert stored.keys() == loaded.keys()
        assert all(torch.equal(value, loaded[name]) for name, value in stored.items())
        torch.testing.assert_close(again(**clip()).adjusted_logits, model(**clip()).adjusted_logits)
    assert AutoConfig.from_pretrained(tmp_path).to_diff_dict() == model.config.to_diff_dict()


def rewrite(folder, change):
    """Change the state dict that lies in a model's folder."""
    path = folder / "model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda state: state.pop("heads.classify.bias"), "heads.classify.bias"),
        (lambda state: state.update({"heads.surplus": torch.zeros(2)}), "heads.surplus"),
        (lambda state: state.update({"heads.classify.bias": torch.zeros(9)}), "heads.classify.bias"),
    ],
)
def test_a_missing_surplus_or_misshapen_key_is_an_error_that_names_it(tmp_path, change, named):
    tiny().save_pretrained(tmp_path)
    rewrite(tmp_path, change)
    with pytest.raises(ModelNotFoundError, match=named.replace(".", r"\.")):
        RavsModel.from_pretrained(tmp_path)


def test_a_checkpoint_stored_in_half_precision_is_float32_in_use(tmp_path):
    tiny().half().save_pretrained(tmp_path)
    assert load_file(tmp_path / "model.safetensors")["heads.classify.bias"].dtype == torch.float16
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"
    again = RavsModel.from_pretrained(tmp_path)
    assert {weight.dtype for weight in again.parameters()} == {torch.float32}
    assert again(**clip()).adjusted_logits.dtype == torch.float32


def test_modules_keep_the_initial_weights_of_their_own_constructors():
    for layer in [one for one in tiny().modules() if isinstance(one, torch.nn.Linear | torch.nn.Conv2d)]:
        expected = (3 * layer.weight[0].numel()) ** -0.5  # uniform up to 1 / sqrt(inputs), as torch's layers begin
        assert layer.weight.std().item() == pytest.approx(expected, rel=0.4)


def test_the_same_seed_gives_the_same_weights_and_nothing_is_downloaded(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    first, second = tiny(seed=4).state_dict(), tiny(seed=4).state_dict()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def authors_lite0(path):
    """A file as the package has it: the order and shapes of its tensors count, their names do not."""
    values = [value for value in lite0().state_dict().values() if value.is_floating_point()]
    state = {f"_{index}": torch.rand_like(value) for index, value in enumerate(values)}
    torch.save(state, path)
    return state


def test_a_model_with_a_loaded_encoder_has_its_published_weights_and_is_random_otherwise(tmp_path):
    stored = list(authors_lite0(tmp_path / "lite0.pth").values())
    config = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0")
    torch.manual_seed(0)
    model = RavsModel(config)
    load_encoder(model.visual_encoder, config.visual_encoder, tmp_path / "lite0.pth")
    torch.manual_seed(0)
    unfilled = RavsModel(config).state_dict()
    filled = [value for value in model.visual_encoder.state_dict().values() if value.is_floating_point()]
    assert all(torch.equal(*pair) for pair in zip(filled, stored, strict=True))
    others = {key: value for key, value in model.state_dict().items() if not key.startswith("visual_encoder.")}
    assert any(key.startswith("audio_encoder.") for key in others)
    assert all(torch.equal(value, unfilled[key]) for key, value in others.items())


def test_encoders_without_published_weights_are_refused_where_a_file_or_a_name_is_needed(tmp_path):
    authors_lite0(tmp_path / "lite0.pth")
    config = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0")
    with pytest.raises(ModelNotFoundError, match="no weights are published for 'panorama-cnn'"):
        load_encoder(RavsModel(config).audio_encoder, config.audio_encoder, tmp_path / "lite0.pth")
    vggish = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0", audio_encoder="vggish")
    with pytest.raises(ModelNotFoundError, match="weights of vggish are on no hub"):
        load_encoder(RavsModel(vggish).audio_encoder, vggish.audio_encoder)
