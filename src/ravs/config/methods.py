"""Registry of methods: model_type of the configuration to the model class, imported on first use."""

from importlib import import_module
from typing import Any

from ravs.errors import ModelNotFoundError

METHODS = {
    "ravs": "ravs.modeling.ravs.RavsModel",
    "class-matching": "ravs.modeling.matching.class_matching.ClassMatchingModel",
    "tpavi": "ravs.modeling.baselines.tpavi.TPAVI",
    "avsegformer": "ravs.modeling.baselines.avsegformer.AVSegFormer",
    "cavp": "ravs.modeling.baselines.cavp.CAVP",
}
OWN_METHODS = ("ravs", "class-matching")  # the others are baselines


def model_class(model_type: str) -> Any:
    """The model class of a method. Raises: ModelNotFoundError for an unknown model_type."""
    if model_type not in METHODS:
        raise ModelNotFoundError(f"model_type is {model_type!r}; the methods here are {', '.join(METHODS)}")
    module, _, name = METHODS[model_type].rpartition(".")
    return getattr(import_module(module), name)


def config_class(model_type: str) -> Any:
    """The configuration class of a method. Raises: ModelNotFoundError for an unknown model_type."""
    return model_class(model_type).config_class


def check_method(source: Any, method: str, wanted: str) -> None:
    """Raises: ModelNotFoundError that names the right class unless a model of `source` is of the method wanted."""
    if method == wanted:
        return
    if method not in METHODS:
        raise ModelNotFoundError(f"{source} is of model_type {method!r}; the methods here are {', '.join(METHODS)}")
    module, _, name = METHODS[method].rpartition(".")
    raise ModelNotFoundError(
        f"{source} is of the method {method!r}, not {wanted!r}: take {name} (from {module} import {name}), "
        "or transformers' AutoModel with the model's folder"
    )
