"""Weights of a model for other classes: the rows of a class go with its name."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor

from ravs.config import RavsConfig
from ravs.model import RavsModel
from ravs.model_folder import find_model
from ravs.shell import Shell
from ravs.weights import load_whole, read_state

OF_EARS = {"audio_encoder.classifier.weight": 0, "audio_encoder.classifier.bias": 0}  # as `Shell.class_rows`


def load_initial(model: Shell, name: str) -> None:
    """Another model's weights, whole, by its folder or name. Classes that it did not know keep their random rows.

    Raises: ModelNotFoundError where anything but the classes differs.
    """
    folder = find_model(name).path
    state = read_state(folder / "model.safetensors")
    known = RavsConfig.from_pretrained(folder).classes
    load_whole(model, reclassed(state, known, model), name)


def reclassed(state: dict[str, Tensor], known: Sequence[str], model: Shell) -> dict[str, Tensor]:
    """The same tensors with rows of the model's classes in its order; those of unknown names stay the model's own.

    A hyphen is as good as an underscore, as everywhere that names of models and of data sets meet.
    """
    known, wanted = ([name.replace("_", "-") for name in names] for names in (known, model.config.classes))
    fresh = model.state_dict()
    if known == wanted:
        return state
    changed = dict(state)
    for key, first in (OF_EARS | model.class_rows).items():
        if key in state and key in fresh:  # else it differs in more than classes, as `load_whole` will say
            own, old = fresh[key], state[key].to(fresh[key].dtype)
            rows = [old[first + known.index(n)] if n in known else own[first + i] for i, n in enumerate(wanted)]
            changed[key] = torch.cat([old[:first], torch.stack(rows)])
    return changed


def keep_classes(model: RavsModel, names: Sequence[str]) -> RavsModel:
    """The model with some of its classes alone. Raises: ValueError for a name that it does not know."""
    known = list(model.config.classes)
    if surplus := [name for name in names if name not in known]:
        raise ValueError(f"no class {', '.join(surplus)} in this model; it knows {', '.join(known)}")
    config = deepcopy(model.config)
    config.classes = tuple(names)
    smaller = RavsModel(config)
    load_whole(smaller, reclassed(model.state_dict(), known, smaller), "the model")
    return smaller
