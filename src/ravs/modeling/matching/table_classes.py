"""Further classes for a trained model, which no picture and no recording has taught it (ours).

Where one of them is seen comes from ImageNet's classifier by imagenet_classes.csv, and when it is heard from AudioSet's
labels by audioset_labels.csv; the mask head, which binds the two, knows no class.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ravs.errors import InputError
from ravs.modeling.encoders.audio.audioset_labels import audioset_labels
from ravs.modeling.encoders.visual.imagenet_classes import imagenet_indices
from ravs.modeling.matching.class_matching import ClassMatchingModel

NEW_ROWS = {  # what a class begins with that was never trained; notes/log.md has how it was chosen
    "sight_net.classify.weight": 0.0,
    "sight_net.classify.bias": -1.0,
    "sight_net.class_map_weight": 0.8,  # twice that of trained classes, which the frozen maps show, too
    "sight_net.class_map_bias": 0.0,
    "sound_classifier.classify.weight": 0.0,
    "sound_classifier.classify.bias": -0.2,
    "sound_classifier.label_weight": 0.65,  # about that of trained classes
}


def add_table_classes(model: ClassMatchingModel, names: Sequence[str]) -> ClassMatchingModel:
    """The model with these classes behind its own, in evaluation mode; those that it has stay as they are.

    Raises: InputError for a class that one of the tables does not know.
    """
    new = [name for name in dict.fromkeys(names) if name not in model.config.classes]
    for name in new:
        check_class(name)
    config = type(model.config).from_dict(model.config.to_dict() | {"classes": [*model.config.classes, *new]})
    larger = ClassMatchingModel(config)
    nn.Module.to(larger, model.dtype)  # transformers' own is not typed as a method
    rows = {
        key: with_rows(value, NEW_ROWS[key], len(new)) for key, value in model.state_dict().items() if key in NEW_ROWS
    }
    larger.load_state_dict(model.state_dict() | rows)
    return larger


def check_class(name: str) -> None:
    """Raises: InputError where the class is not seen by ImageNet, or not heard by AudioSet."""
    if not imagenet_indices().get(name):
        raise InputError(f"{name!r} has no class of ImageNet in imagenet_classes.csv: train it, or leave it out")
    if name not in audioset_labels() or not audioset_labels()[name].own:
        raise InputError(f"{name!r} has no label of AudioSet in audioset_labels.csv: train it, or leave it out")


def with_rows(tensor: Tensor, value: float, count: int) -> Tensor:
    """The tensor with so many more rows of one value."""
    return torch.cat([tensor, tensor.new_full((count, *tensor.shape[1:]), value)])
