"""Reads checkpoint files as tensors by name; the only module that opens them."""

import codecs
import json
import pickle
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ravs.errors import ModelNotFoundError

WEIGHTS_FILE = "model.safetensors"  # of a model's folder
MAKE_SCALAR: Any = np.int64(0).__reduce__()[0]  # NumPy's own, whose module's name is another from version 2 on
NUMPY_INTEGERS: list[Any] = [  # what pickle needs for a NumPy integer among the plain values, and nothing else
    *((MAKE_SCALAR, f"numpy.{module}.multiarray.scalar") for module in ("core", "_core")),
    *(np.dtype, type(np.dtype(np.int64)), codecs.encode),
]


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors`, `.pth`, `.pt`, `.bin` or `.ckpt` file by name, on the CPU.

    A state dict wrapped in `state_dict` or `model`, or first in a tuple, as training programs write it, is unwrapped.
    Nothing but tensors and plain values, NumPy's integers among them, is ever unpickled. Raises: ModelNotFoundError.
    """
    if not path.is_file():
        raise ModelNotFoundError(f"no weights at {path}: give the path of a checkpoint file")
    try:
        loaded: Any = load_file(path) if path.suffix == ".safetensors" else load_plain_values(path)
    except pickle.UnpicklingError as error:
        raise ModelNotFoundError(unpickling_message(path, error)) from error
    except (SafetensorError, RuntimeError, EOFError, KeyError, ValueError) as error:
        reason = (str(error).strip() or "it is empty").splitlines()[0]
        raise ModelNotFoundError(f"{path} is no checkpoint of plain tensors ({reason}): fetch it again") from error
    if isinstance(loaded, tuple) and loaded:
        loaded = loaded[0]
    for wrapper in ("state_dict", "model"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not any(isinstance(value, Tensor) for value in loaded.values()):
        raise ModelNotFoundError(f"{path} holds no tensors by name: give a file with a state dict")
    return {str(key): value for key, value in loaded.items() if isinstance(value, Tensor)}


def load_plain_values(path: Path) -> Any:
    """What a file of PyTorch's holds, on the CPU. Raises: UnpicklingError for anything but tensors and plain values."""
    with torch.serialization.safe_globals(NUMPY_INTEGERS):
        return torch.load(path, map_location="cpu", weights_only=True)


def read_model_folder(folder: Path) -> dict[str, Tensor]:
    """The tensors of a model's folder: of its one file, or of all the parts that its index names.

    Raises: ModelNotFoundError.
    """
    index = folder / f"{WEIGHTS_FILE}.index.json"
    if (folder / WEIGHTS_FILE).exists() or not index.is_file():
        return read_checkpoint(folder / WEIGHTS_FILE)
    try:
        parts = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelNotFoundError(f"{index} names no parts of the weights ({error}): copy or fetch it again") from error
    return {key: value for part in parts for key, value in read_checkpoint(folder / part).items()}


def unpickling_message(path: Path, error: pickle.UnpicklingError) -> str:
    """The message for a file that PyTorch does not open as plain tensors: it pickles classes, or is no checkpoint."""
    problem = f"{path} is no checkpoint of plain tensors"
    if found := re.search(r"GLOBAL ([\w.]+)", str(error)):
        return (
            f"{problem}: it pickles {found[1]}, whose code would run. If you trust the file, save its state dict "
            f"alone, and give that file: {command_that_saves_tensors(path)}"
        )
    reason = re.search(r"WeightsUnpickler error: ([^\n]+)", str(error))
    return f"{problem} ({reason[1].strip() if reason else 'it is no pickle'}): fetch it again"


def command_that_saves_tensors(path: Path) -> str:
    """The command that writes the tensors of a checkpoint with pickled classes, or of a pickled model, beside it."""
    code = (
        f"import torch; c = torch.load({str(path)!r}, 'cpu', weights_only=False); "
        "c = c.get('state_dict', c.get('model', c)) if isinstance(c, dict) else c; "
        "c = c if isinstance(c, dict) else c.state_dict(); "
        "torch.save({k: v for k, v in c.items() if torch.is_tensor(v)}, "
        f"{str(path.with_suffix('.tensors.pth'))!r})"
    )
    quoted = shlex.quote(code) if re.search(r'["$`\\]', code) else f'"{code}"'
    return f"python -c {quoted}"
