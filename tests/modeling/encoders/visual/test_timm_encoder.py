"""Needs the extra ravs[timm]: make test-timm."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import load_encoder
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.encoders.visual.mit_pvt import PyramidTransformer
from ravs.modeling.encoders.visual.timm_encoder import TimmEncoder
from ravs.modeling.ravs import RavsModel
from ravs.modeling.weights import load_strict
from support.stages import check_stages

pytestmark = pytest.mark.timm
timm = pytest.importorskip("timm")

BACKBONES = ["resnet18", "convnext_atto", "swin_tiny_patch4_window7_224", "pvt_v2_b0", "tf_efficientnet_lite0"]


def images(height, width, frames=1):
    return torch.randn(frames, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module", params=BACKBONES)
def backbone(request):
    torch.manual_seed(0)
    return request.param, timm.create_model(request.param).eval()


@pytest.fixture(scope="module")
def filled(backbone, tmp_path_factory):
    """Our encoder with the backbone's weights, by way of a file."""
    name, full = backbone
    path = tmp_path_factory.mktemp("weights") / "whole.pth"
    torch.save(full.state_dict(), path)
    encoder = TimmEncoder(name)
    load_encoder(encoder, f"timm:{name}", path)
    return encoder.eval(), path


@torch.inference_mode()
def test_the_last_map_is_that_of_the_full_model(backbone, filled):
    name, full = backbone
    found = filled[0](images(224, 224))[-1]
    if name.startswith(("resnet", "convnext", "pvt")):
        torch.testing.assert_close(found, full.forward_features(images(224, 224)), atol=1e-4, rtol=1e-4)
    if name.startswith("swin"):
        wanted = full.layers(full.patch_embed(images(224, 224))).permute(0, 3, 1, 2)
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)
    if name.startswith("tf_efficientnet"):
        wanted = full.blocks(full.bn1(full.conv_stem(images(224, 224))))
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_all_four_maps_are_those_of_features_only(backbone, filled):
    name, _ = backbone
    features = timm.create_model(name, features_only=True).eval()
    encoder = TimmEncoder(name).eval()
    values = dict(encoder.state_dict())
    load_like(features, values)
    last_four = features(images(224, 224))[-4:]
    for found, wanted, channels in zip(encoder(images(224, 224)), last_four, encoder.channels, strict=True):
        wanted = wanted if wanted.shape[1] == channels else wanted.permute(0, 3, 1, 2)
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def load_like(features, values):
    """Our encoder's tensors into timm's feature net, whose names lack the stage: stages.2.layers_1.x is layers_1.x."""
    own = features.state_dict()
    by_name = {key.split(".", 2)[2]: value for key, value in values.items()}
    by_name |= {key.replace("blocks_", "blocks.", 1): value for key, value in by_name.items()}
    features.load_state_dict({key: by_name[key] for key in own})


def test_a_backbone_of_timms_is_four_stages_that_run_alone_and_own_all_its_weights(filled):
    check_stages(filled[0])


@torch.inference_mode()
@pytest.mark.parametrize("size", [(40, 33), (75, 110), (256, 320)])
def test_maps_of_any_image_have_its_size_over_the_stride_rounded_up(filled, size):
    encoder = filled[0]
    for maps, channels, stride in zip(encoder(images(*size)), encoder.channels, (4, 8, 16, 32), strict=True):
        assert maps.shape == (1, channels, -(-size[0] // stride), -(-size[1] // stride))
        assert maps.isfinite().all()


@torch.inference_mode()
def test_every_buffer_and_the_maps_survive_saving_and_loading(backbone, tmp_path):
    config = RavsConfig.preset("ravs-debug", visual_encoder=f"timm:{backbone[0]}")
    model = RavsModel(config).eval()
    model.save_pretrained(tmp_path)
    loaded = RavsModel.from_pretrained(tmp_path)
    saved, buffers = dict(model.named_buffers()), dict(loaded.named_buffers())
    assert saved.keys() == buffers.keys()
    for key, value in saved.items():
        assert torch.equal(value, buffers[key]), key
    for before, after in zip(model.visual_encoder(images(64, 64)), loaded.visual_encoder(images(64, 64)), strict=True):
        torch.testing.assert_close(before, after)


def test_a_file_with_a_tensor_missing_is_refused(backbone, filled, tmp_path):
    name, path = backbone[0], filled[1]
    state = torch.load(path, weights_only=True)
    first = next(iter(state))
    torch.save({key: value for key, value in state.items() if key != first}, tmp_path / "short.pth")
    with pytest.raises(ModelNotFoundError, match=f"timm's {name} could not be loaded from .*short"):
        TimmEncoder(name, pretrained=True, path=tmp_path / "short.pth")


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "hiera_tiny_224"])
def test_a_backbone_that_cannot_be_cut_is_refused(name):
    with pytest.raises(InputError, match=f"timm's {name} has no four stages"):
        build_visual_encoder(f"timm:{name}")


def test_a_misspelled_backbone_name_is_answered_with_similar_ones():
    with pytest.raises(InputError, match=r"timm has no model 'resnett18'"):
        build_visual_encoder("timm:resnett18")


# ours against timm's


@torch.inference_mode()
def test_our_lite0_equals_timms(tmp_path):
    theirs = timm.create_model("tf_efficientnet_lite0").eval()
    state = theirs.state_dict()
    for key, value in state.items():
        if key.endswith("running_mean"):
            value.normal_(0, 0.1)
        if key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    skipped = ("conv_head.", "bn2.", "classifier.")
    in_order = [v for k, v in state.items() if not k.startswith(skipped) and not k.endswith("num_batches_tracked")]
    torch.save({f"_{index}": value for index, value in enumerate(in_order)}, tmp_path / "in_order.pth")
    ours = lite0().eval()
    load_encoder(ours, "efficientnet-lite0", tmp_path / "in_order.pth")
    wanted = TimmEncoder("tf_efficientnet_lite0")
    torch.save(state, tmp_path / "timm.pth")
    load_encoder(wanted, "timm:tf_efficientnet_lite0", tmp_path / "timm.pth")
    for found, expected in zip(ours(images(96, 64)), wanted.eval()(images(96, 64)), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_our_pvt_v2_b5_equals_timms_from_the_authors_file(tmp_path):
    full = timm.create_model("pvt_v2_b5", num_classes=0).eval()
    authors = {pvt_key(key): value for key, value in full.state_dict().items()}
    ours = PyramidTransformer().eval()
    load_strict(ours, KEY_MAPS["pvt-v2-b5"](authors), "the authors' file")
    torch.testing.assert_close(ours(images(64, 64))[-1], full.forward_features(images(64, 64)), atol=1e-5, rtol=1e-5)


def pvt_key(key):
    """timm's name to the authors'."""
    first, *rest = key.split(".")
    if first == "patch_embed":
        return ".".join(["patch_embed1", *rest])
    number, part = int(rest[0]) + 1, rest[1]
    if part == "downsample":
        return ".".join([f"patch_embed{number}", *rest[2:]])
    if part == "norm":
        return ".".join([f"norm{number}", *rest[2:]])
    return ".".join([f"block{number}", *rest[2:]]).replace("mlp.dwconv", "mlp.dwconv.dwconv")
