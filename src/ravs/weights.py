"""Weights load whole or not at all. The one place that opens a checkpoint file."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ravs.errors import ModelNotFoundError

SHOWN = 5  # names in an error message; the rest is counted


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a `.safetensors`, `.pth`, `.pt`, `.bin` or `.ckpt` file by name, on the CPU.

    A state dict wrapped in `state_dict` or `model`, as training programs write it, is unwrapped. Nothing but tensors
    and plain values is ever unpickled. Raises: ModelNotFoundError.
    """
    if not path.is_file():
        raise ModelNotFoundError(f"no weights at {path}: give the path of a checkpoint file")
    try:
        loaded: Any = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, KeyError) as error:
        reason = (str(error).strip() or "it is empty").splitlines()[0]
        raise ModelNotFoundError(
            f"{path} is no checkpoint of plain tensors ({reason}): fetch it again, or save its state dict alone"
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not any(isinstance(value, Tensor) for value in loaded.values()):
        raise ModelNotFoundError(f"{path} holds no tensors by name: give a file with a state dict")
    return {str(key): value for key, value in loaded.items() if isinstance(value, Tensor)}


def differences(module: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """What keeps a state dict from fitting a module: names missing, surplus or of another shape. Empty if it fits."""
    wanted = module.state_dict()
    found: list[str] = []
    if missing := [key for key in wanted if key not in state]:
        found.append(f"missing {shorten(missing)}")
    if surplus := [key for key in state if key not in wanted]:
        found.append(f"surplus {shorten(surplus)}")
    if wrong := [
        f"{key} ({tuple(state[key].shape)}, not {tuple(value.shape)})"
        for key, value in wanted.items()
        if key in state and state[key].shape != value.shape
    ]:
        found.append(f"of another shape {shorten(wrong)}")
    return found


def check_whole(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Raises: ModelNotFoundError that names what of `state` is missing, surplus or of another shape, and `source`."""
    if found := differences(module, state):
        raise ModelNotFoundError(
            f"the weights of {source} are not those of {type(module).__name__}: {'; '.join(found)}. "
            "Give the file that belongs to this encoder or model"
        )


def load_whole(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy every tensor of `state` into `module`; all of them fit, or nothing is changed.

    Raises: ModelNotFoundError.
    """
    check_whole(module, state, source)
    module.load_state_dict(state)


def load_pretrained_whole(load: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call transformers' `from_pretrained` and refuse what it would only print a table about.

    float32 unless a dtype is asked for: a file stored in half precision would otherwise run in it, on a CPU too.
    Raises: ModelNotFoundError that names missing, surplus or misshapen weights, or says that there is no such model.
    """
    wants_report = kwargs.pop("output_loading_info", False)
    if "torch_dtype" not in kwargs:
        kwargs.setdefault("dtype", torch.float32)
    source = args[0] if args else kwargs.get("pretrained_model_name_or_path")
    kwargs |= {"output_loading_info": True, "ignore_mismatched_sizes": True}  # what is ignored there is refused here
    try:
        with quiet_transformers():
            model, report = load(*args, **kwargs)
    except OSError as error:
        raise ModelNotFoundError(
            f"no model {str(source)!r}: it is no folder with config.json and model.safetensors, and no such model "
            "could be fetched; check the name, or the network"
        ) from error
    kinds = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")
    if wrong := [f"{kind}: {shorten(sorted(map(str, report[kind])))}" for kind in kinds if report.get(kind)]:
        raise ModelNotFoundError(
            f"the weights of {source} do not fit its configuration ({'; '.join(wrong)}): fetch or convert them again"
        )
    return (model, report) if wants_report else model


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """No table of differences and no progress bar for reading a file; both are as they were afterwards."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def shorten(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
