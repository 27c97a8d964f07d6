"""The methods that RAVS is compared with, in its own shell, and the one place that lists all methods."""

from importlib import import_module
from typing import Any

from ravs.config import RavsConfig
from ravs.errors import ModelNotFoundError
from ravs.shell import Shell

METHODS = {
    "ravs": "ravs.model.RavsModel",
    "tpavi": "ravs.baselines.tpavi.TPAVI",
    "avsegformer": "ravs.baselines.avsegformer.AVSegFormer",
    "cavp": "ravs.baselines.cavp.CAVP",
}  # by model_type; each is imported when it is asked for


def model_class(model_type: str) -> Any:
    """The class of a method's models. Raises: ModelNotFoundError for a type that is none of ours."""
    if model_type not in METHODS:
        raise ModelNotFoundError(f"model_type is {model_type!r}; the methods here are {', '.join(METHODS)}")
    room, _, name = METHODS[model_type].rpartition(".")
    return getattr(import_module(room), name)


def build(config: RavsConfig) -> Shell:
    """A model of any method with random weights, in evaluation mode; nothing is downloaded."""
    model: Shell = model_class(config.model_type)(config)
    return model
