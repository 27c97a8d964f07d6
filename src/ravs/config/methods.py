"""The methods, one line each, by the model_type of their configurations. A method's own file says all else about it."""

from importlib import import_module
from typing import Any

from ravs.errors import ModelNotFoundError

METHODS = {
    "ravs": "ravs.modeling.ravs.RavsModel",
    "tpavi": "ravs.modeling.baselines.tpavi.TPAVI",
    "avsegformer": "ravs.modeling.baselines.avsegformer.AVSegFormer",
    "cavp": "ravs.modeling.baselines.cavp.CAVP",
}  # each is imported when it is asked for


def model_class(model_type: str) -> Any:
    """The class of a method's models. Raises: ModelNotFoundError for a type that is none of ours."""
    if model_type not in METHODS:
        raise ModelNotFoundError(f"model_type is {model_type!r}; the methods here are {', '.join(METHODS)}")
    room, _, name = METHODS[model_type].rpartition(".")
    return getattr(import_module(room), name)


def config_class(model_type: str) -> Any:
    """The class of a method's configurations, which its models name. Raises: ModelNotFoundError."""
    return model_class(model_type).config_class
