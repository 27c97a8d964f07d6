"""Tensors read from checkpoint files of every kind."""

import re
import shlex
import zipfile
from argparse import Namespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ravs.errors import ModelNotFoundError
from ravs.modeling.checkpoint_file import read_checkpoint


def tensors():
    return {"weight": torch.ones(2, 3), "bias": torch.zeros(2)}


def test_a_state_is_read_from_every_kind_of_file_bare_or_wrapped(tmp_path):
    save_file(tensors(), tmp_path / "a.safetensors")
    torch.save(tensors(), tmp_path / "b.pth")
    torch.save({"state_dict": tensors(), "epoch": 3}, tmp_path / "c.ckpt")
    torch.save({"model": tensors()}, tmp_path / "d.pt")
    for path in ("a.safetensors", "b.pth", "c.ckpt", "d.pt"):
        state = read_checkpoint(tmp_path / path)
        assert {key: value.shape for key, value in state.items()} == {"weight": (2, 3), "bias": (2,)}


def test_a_state_that_comes_first_in_a_tuple_is_read_and_integers_of_numpy_beside_it_are_plain_values(tmp_path):
    torch.save((tensors(), {"animals": (np.int64(0), 78)}), tmp_path / "e.pth")
    renamed = tmp_path / "f.pth"  # as NumPy 1 names its module
    with zipfile.ZipFile(tmp_path / "e.pth") as source, zipfile.ZipFile(renamed, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    for path in ("e.pth", "f.pth"):
        assert read_checkpoint(tmp_path / path).keys() == tensors().keys()


@pytest.mark.parametrize("value", [np.float64(0.5), np.zeros(2)], ids=["float", "array"])
def test_other_values_of_numpy_are_refused_by_name(tmp_path, value):
    torch.save((tensors(), value), tmp_path / "g.pth")
    with pytest.raises(ModelNotFoundError, match=r"g\.pth is no checkpoint of plain tensors"):
        read_checkpoint(tmp_path / "g.pth")


PICKLED = {
    "beside a state dict": lambda: {"state_dict": tensors(), "arguments": Namespace(size=3)},
    "beside tensors": lambda: {**tensors(), "arguments": Namespace(size=3)},
    "a pickled model": lambda: filled(nn.Linear(3, 2)),
    "a pickled model inside": lambda: {"model": filled(nn.Linear(3, 2)), "epoch": 3},
}


def filled(module):
    module.load_state_dict(tensors())
    return module


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "as before PyTorch 1.6"])
@pytest.mark.parametrize("kind", PICKLED)
@pytest.mark.filterwarnings("ignore::torch.serialization.SourceChangeWarning")
def test_a_file_that_would_run_code_is_refused_with_the_line_that_saves_its_tensors_alone(tmp_path, kind, zipped):
    path = tmp_path / "it's code.pth"
    torch.save(PICKLED[kind](), path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelNotFoundError, match=r"code\.pth is no checkpoint of plain tensors: it pickles") as caught:
        read_checkpoint(path)
    line = str(caught.value).partition("give that file: ")[2]
    python, option, code = shlex.split(line)
    assert (python, option) == ("python", "-c")
    exec(code, {})
    state = read_checkpoint(tmp_path / "it's code.tensors.pth")
    assert state.keys() == tensors().keys() and all(torch.equal(state[key], value) for key, value in tensors().items())


@pytest.mark.parametrize("name", ["noise.pth", "noise.safetensors", "empty.ckpt"])
def test_a_file_that_is_no_checkpoint_is_one_clear_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"" if name.startswith("empty") else b"not a checkpoint at all")
    with pytest.raises(ModelNotFoundError, match=rf"{re.escape(name)} is no checkpoint of plain tensors \(.+\): fetch"):
        read_checkpoint(tmp_path / name)


def test_a_file_without_tensors_and_a_path_without_a_file_are_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "numbers.pth")
    with pytest.raises(ModelNotFoundError, match=r"numbers\.pth holds no tensors by name"):
        read_checkpoint(tmp_path / "numbers.pth")
    with pytest.raises(ModelNotFoundError, match=r"no weights at .*gone\.pth"):
        read_checkpoint(tmp_path / "gone.pth")
