"""The methods that RAVS is compared with, in its own shell, and the one place that lists all methods."""

from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import AutoConfig

from ravs.config import RavsConfig
from ravs.shell import Shell

METHODS = {
    "ravs": "ravs.model.RavsModel",
    "tpavi": "ravs.baselines.tpavi.TPAVI",
    "avsegformer": "ravs.baselines.avsegformer.AVSegFormer",
    "cavp": "ravs.baselines.cavp.CAVP",
}  # by model_type; each is imported when it is asked for


def model_class(config: RavsConfig) -> Any:
    """The model that a configuration is of."""
    room, _, name = METHODS[config.model_type].rpartition(".")
    return getattr(import_module(room), name)


def build(config: RavsConfig) -> Shell:
    """A model of any method with random weights, in evaluation mode; nothing is downloaded."""
    model: Shell = model_class(config)(config)
    return model


def load_model(folder: str | Path) -> Any:
    """A model of any method from its folder or hub name, whole or not at all; in evaluation mode.

    Raises: ModelNotFoundError.
    """
    return model_class(AutoConfig.from_pretrained(folder)).from_pretrained(folder)
