import numpy as np
import pytest
import torch

from ravs.checkpoints.convert import convert
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.encoders.audio.aisfx import AiSFX
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


def aisfx_file(path):
    """aiSFX as its package has it: a tuple of a state dict with a classifier, and classes counted by NumPy."""
    torch.manual_seed(0)
    state = {}
    for key, value in AiSFX().state_dict().items():
        _, block, layer, name = key.split(".")
        theirs = f"embedding_net.conv_block{int(block) + 1}.{layer.replace('norm', 'bn')}.{name}"
        state[theirs] = torch.rand_like(value) if value.is_floating_point() else value
    torch.save((state | {"fc.0.0.weight": torch.ones(256, 512)}, {"animals": (np.int64(0), 2)}), path)
    return state


def test_with_half_matrices_are_stored_in_half_precision_and_vectors_are_not(tmp_path):
    theirs = aisfx_file(tmp_path / "checkpoint.pth")
    done = convert("aisfx", tmp_path / "checkpoint.pth", tmp_path / "half.safetensors", half=True)
    ours = read_checkpoint(done.target)
    assert len(ours) == len(theirs) == done.tensors
    kernel, variance = (
        theirs["embedding_net.conv_block4.conv2.weight"],
        theirs["embedding_net.conv_block1.bn1.running_var"],
    )
    assert torch.equal(ours["blocks.3.conv2.weight"], kernel.half())
    assert torch.equal(ours["blocks.0.norm1.running_var"], variance)
    assert ours["blocks.0.norm1.num_batches_tracked"].dtype == torch.int64
    convert("aisfx", tmp_path / "checkpoint.pth", tmp_path / "full.safetensors")
    assert torch.equal(read_checkpoint(tmp_path / "full.safetensors")["blocks.3.conv2.weight"], kernel)


def test_a_file_of_another_encoder_is_refused_and_nothing_is_written(tmp_path):
    package_file(tmp_path / "theirs.pth")
    with pytest.raises(ModelNotFoundError, match=r"theirs\.pth are not those of VGGish: missing features\.0\.weight"):
        convert("vggish", tmp_path / "theirs.pth", tmp_path / "ours.safetensors")
    assert not (tmp_path / "ours.safetensors").exists()


def test_an_encoder_without_a_key_map_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no key map for 'debug'; there are mit-b5"):
        convert("debug", tmp_path / "a.pth", tmp_path / "b.safetensors")
