"""Transfers weights between models of different classes, matching rows by class name."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor

from ravs.checkpoints.find_model import find_model
from ravs.config import RavsConfig
from ravs.errors import ModelNotFoundError, list_names
from ravs.modeling.base import AVSModel, read_model_weights
from ravs.modeling.ravs import RavsModel
from ravs.modeling.weights import load_strict, state_dict_differences

DATA_KEYS = ("classes", "image_size", "resize", "clip_seconds")  # change no shapes, or class rows alone
AUDIO_CLASS_ROWS = {
    "audio_encoder.classifier.weight": 0,
    "audio_encoder.classifier.bias": 0,
}  # as `class_rows`


def load_initial_weights(model: AVSModel, name: str) -> None:
    """Load all weights of another model, by folder or name. Classes that it does not have keep their random rows.

    Raises: ModelNotFoundError where anything but the classes differs.
    """
    folder = find_model(name).path
    config = RavsConfig.from_pretrained(folder)
    state = transfer_classes(read_model_weights(folder), config.classes, model)
    if found := state_dict_differences(model.state_dict(), state, shown=1):
        keys = differing_keys(config, model.config) or "its keys are the same, its weights are not"
        raise ModelNotFoundError(
            f"initial {name} does not have this recipe's sizes: {keys} ({'; '.join(found)}). "
            "Give a model that has, or give the recipe that model's preset and keys"
        )
    load_strict(model, state, name)


def differing_keys(initial: RavsConfig, wanted: RavsConfig) -> str:
    """The keys in which two configurations differ, apart from classes, with both values."""
    keys = dict.fromkeys(("model_type", *wanted.own_keys(), *initial.own_keys()))
    pairs = {key: (getattr(initial, key, None), getattr(wanted, key, None)) for key in keys if key not in DATA_KEYS}
    return list_names([f"{key} is {one} there and {other} here" for key, (one, other) in pairs.items() if one != other])


def transfer_classes(state: dict[str, Tensor], known: Sequence[str], model: AVSModel) -> dict[str, Tensor]:
    """The state dict with rows for the model's classes, in its order; unknown classes keep the model's own rows.

    Hyphens equal underscores, as wherever class names of models and data sets are matched.
    """
    known, wanted = ([name.replace("_", "-") for name in names] for names in (known, model.config.classes))
    fresh = model.state_dict()
    if known == wanted:
        return state
    changed = dict(state)
    for key, first in (AUDIO_CLASS_ROWS | model.class_rows).items():
        if key in state and key in fresh and state[key].shape[1:] == fresh[key].shape[1:]:  # else more differs
            own, old = fresh[key], state[key].to(fresh[key].dtype)
            rows = [old[first + known.index(n)] if n in known else own[first + i] for i, n in enumerate(wanted)]
            changed[key] = torch.cat([old[:first], torch.stack(rows)])
    return changed


def keep_classes(model: RavsModel, names: Sequence[str]) -> RavsModel:
    """The model reduced to some of its classes. Raises: ValueError for a class that it does not have."""
    known = list(model.config.classes)
    if surplus := [name for name in names if name not in known]:
        raise ValueError(f"no class {', '.join(surplus)} in this model; it knows {', '.join(known)}")
    config = deepcopy(model.config)
    config.classes = tuple(names)
    smaller = RavsModel(config)
    load_strict(smaller, transfer_classes(model.state_dict(), known, smaller), "the model")
    return smaller
