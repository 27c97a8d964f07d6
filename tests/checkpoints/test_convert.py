import pytest
import torch

from ravs.checkpoints.convert import convert
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.weights import load_strict


def package_file(path):
    """EfficientNet-Lite0 as its package has it: what counts there is the order."""
    values = [value for value in lite0().state_dict().values() if value.is_floating_point()]
    torch.save({f"layer{index}": torch.rand_like(value) for index, value in enumerate(values)}, path)
    return read_checkpoint(path)


def test_a_converted_file_holds_the_encoders_tensors_under_our_names(tmp_path):
    theirs = package_file(tmp_path / "theirs.pth")
    done = convert("efficientnet-lite0", tmp_path / "theirs.pth", tmp_path / "new" / "ours.safetensors")
    encoder = lite0()
    load_strict(encoder, read_checkpoint(done.target), "ours")
    ours = [value for value in encoder.state_dict().values() if value.is_floating_point()]
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs.values(), strict=True))
    assert done.tensors == len(encoder.state_dict())
    assert done.parameters == sum(parameter.numel() for parameter in encoder.parameters())


def test_converting_a_converted_file_changes_nothing(tmp_path):
    package_file(tmp_path / "theirs.pth")
    convert("efficientnet-lite0", tmp_path / "theirs.pth", tmp_path / "once.safetensors")
    convert("efficientnet-lite0", tmp_path / "once.safetensors", tmp_path / "twice.safetensors")
    assert (tmp_path / "once.safetensors").read_bytes() == (tmp_path / "twice.safetensors").read_bytes()


def test_the_classifier_of_lite0_is_converted_once_and_for_all(tmp_path):
    once, twice = tmp_path / "once.safetensors", tmp_path / "twice.safetensors"
    theirs = {"_conv_stem.weight": torch.rand(32, 3, 3, 3), "_conv_head.weight": torch.rand(1280, 320, 1, 1)}
    theirs |= {f"_bn1.{part}": torch.rand(1280) for part in ("weight", "bias", "running_mean", "running_var")}
    theirs |= {"_bn1.num_batches_tracked": torch.tensor(3)}
    theirs |= {"_fc.weight": torch.rand(1000, 1280), "_fc.bias": torch.rand(1000)}
    torch.save(theirs, tmp_path / "theirs.pth")
    assert convert("efficientnet-lite0-head", tmp_path / "theirs.pth", once).tensors == 8
    assert torch.equal(read_checkpoint(once)["classifier.bias"], theirs["_fc.bias"])
    convert("efficientnet-lite0-head", once, twice)
    assert once.read_bytes() == twice.read_bytes()


def test_a_file_of_another_encoder_is_refused_and_nothing_is_written(tmp_path):
    package_file(tmp_path / "theirs.pth")
    with pytest.raises(ModelNotFoundError, match=r"theirs\.pth are not those of VGGish: missing features\.0\.weight"):
        convert("vggish", tmp_path / "theirs.pth", tmp_path / "ours.safetensors")
    assert not (tmp_path / "ours.safetensors").exists()


def test_an_encoder_without_a_key_map_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no key map for 'debug'; there are mit-b5"):
        convert("debug", tmp_path / "a.pth", tmp_path / "b.safetensors")
