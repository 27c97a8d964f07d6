"""Loads weights into modules completely or not at all, and says what does not fit."""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ravs.errors import MAX_NAMES, ModelNotFoundError, list_names

LOADING_REPORT = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")  # of transformers' loading


def state_dict_differences(
    wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], shown: int = MAX_NAMES
) -> list[str]:
    """Why `state` cannot replace `wanted`: missing or surplus names, other shapes, or float against integer dtypes.

    Empty if it can; any floating-point dtype may replace another. The first `shown` names of each kind are listed.
    """
    found: list[str] = []
    if missing := [key for key in wanted if key not in state]:
        found.append(f"missing {list_names(missing, shown)}")
    if surplus := [key for key in state if key not in wanted]:
        found.append(f"surplus {list_names(surplus, shown)}")
    both = [(key, value, state[key]) for key, value in wanted.items() if key in state]
    if wrong := [f"{key} ({tuple(n.shape)}, not {tuple(old.shape)})" for key, old, n in both if n.shape != old.shape]:
        found.append(f"of another shape {list_names(wrong, shown)}")
    if other := [
        f"{key} ({new.dtype}, not {old.dtype})"
        for key, old, new in both
        if new.is_floating_point() != old.is_floating_point()
    ]:
        found.append(f"of another kind {list_names(other, shown)}")
    return found


def check_state_dict(
    wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], source: str, owner: str = "this run"
) -> None:
    """Raises: ModelNotFoundError that names what of `state` is missing, surplus or of another shape, and `source`."""
    if found := state_dict_differences(wanted, state):
        raise ModelNotFoundError(
            f"the weights of {source} are not those of {owner}: {'; '.join(found)}. "
            "Give the file that belongs to this encoder or model"
        )


def check_module_weights(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Raises: ModelNotFoundError as `check_state_dict`, for a module's tensors."""
    check_state_dict(module.state_dict(), state, source, type(module).__name__)


def module_state(state: Mapping[str, Tensor], module: str) -> dict[str, Tensor]:
    """The state dict of one module, out of a complete model's."""
    prefix = f"{module}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def load_strict(module: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Copy every tensor of `state` into `module`; unless all of them fit, nothing is changed.

    Raises: ModelNotFoundError.
    """
    check_module_weights(module, state, source)
    module.load_state_dict(state)


def load_pretrained_strict(load: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call transformers' `from_pretrained`, and raise where it would only print a table of differences.

    float32 unless a dtype is asked for: a file stored in half precision would otherwise run in it, on a CPU too.
    With `ignore_mismatched_sizes` weights of another shape are those of a new model, with a warning.
    Raises: ModelNotFoundError that names missing, surplus or misshapen weights, or says that there is no such model.
    """
    wants_report = kwargs.pop("output_loading_info", False)
    resized = kwargs.pop("ignore_mismatched_sizes", False)
    model, report = read_pretrained(load, *args, **kwargs)
    source = args[0] if args else kwargs.get("pretrained_model_name_or_path")
    refused = {kind: keys for kind, keys in report.items() if keys and not (resized and kind == "mismatched_keys")}
    if wrong := [f"{kind}: {list_names(sorted(map(describe_key, keys)))}" for kind, keys in refused.items()]:
        raise ModelNotFoundError(
            f"the weights of {source} do not fit its configuration ({'; '.join(wrong)}): fetch or convert them again"
            + (
                ", or give ignore_mismatched_sizes=True to train these anew"
                if set(refused) == {"mismatched_keys"}
                else ""
            )
        )
    if report["mismatched_keys"]:
        initialize(model, report["mismatched_keys"], str(source))
    return (model, report) if wants_report else model


def initialize(model: nn.Module, mismatched: Iterable[tuple[str, Any, Any]], source: str) -> None:
    """Give weights whose stored shape is another the values of a new model, and warn that they are untrained."""
    fresh = type(model)(model.config).state_dict()
    names = sorted(key[0] for key in mismatched)
    model.load_state_dict({name: fresh[name] for name in names}, strict=False)
    warnings.warn(
        f"not taken from {source}, but newly initialized: {list_names(sorted(map(describe_key, mismatched)))}. "
        "Train the model before you use it",
        stacklevel=4,
    )


def describe_key(key: Any) -> str:
    """A weight of transformers' report in words: its name, with both shapes where they differ."""
    if not isinstance(key, tuple):
        return str(key)
    name, stored, wanted = key
    return f"{name} ({tuple(stored)}, not {tuple(wanted)})"


def read_pretrained(load: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
    """A model from transformers' `from_pretrained`, and whatever did not fit, by kind, without printed warnings.

    Raises: ModelNotFoundError where there is no such model, or where its files cannot be read.
    """
    source = args[0] if args else kwargs.get("pretrained_model_name_or_path")
    if "torch_dtype" not in kwargs:
        kwargs.setdefault("dtype", torch.float32)
    kwargs |= {"output_loading_info": True, "ignore_mismatched_sizes": True}  # what is ignored there is reported here
    try:
        with quiet_transformers():
            model, report = load(*args, **kwargs)
    except OSError as error:
        raise ModelNotFoundError(
            f"no model {str(source)!r}: it is no folder with config.json and model.safetensors, and no such model "
            "could be fetched; check the name, or the network"
        ) from error
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ModelNotFoundError(
            f"the weights of {source} cannot be read ({error}): the file is damaged; copy or fetch it again"
        ) from error
    return model, {kind: set(report.get(kind) or ()) for kind in LOADING_REPORT}


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers' table of differences and progress bar inside the block; restore both afterwards."""
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
