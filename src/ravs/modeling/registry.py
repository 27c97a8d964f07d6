"""Builds a model of any method from its configuration; `ravs.config.methods` lists the methods."""

from ravs.config import RavsConfig
from ravs.config.methods import METHODS, model_class
from ravs.modeling.base import AVSModel

__all__ = ["METHODS", "build", "model_class"]


def build(config: RavsConfig) -> AVSModel:
    """A model of any method with random weights, in evaluation mode; nothing is downloaded."""
    model: AVSModel = model_class(config.model_type)(config)
    return model
