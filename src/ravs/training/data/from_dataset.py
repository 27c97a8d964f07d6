"""Training on a data set of the field: its clips, its classes, and all that a run needs to know of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from ravs.config import RavsConfig
from ravs.config.recipe import DatasetRecipe, Recipe
from ravs.errors import InputError
from ravs.inference.processor import RavsProcessor
from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.training.augmentation.clip_augmentation import ClipAugmentation
from ravs.training.callbacks.epochs import SetClipsEpoch
from ravs.training.data.clip_collator import ClipCollator
from ravs.training.data.clip_windows import DatasetClips, DatasetWindows
from ravs.training.data.feature_cache import CachingProcessor
from ravs.training.data.splits import Splits
from ravs.training.data.training_data import NUM_SHOWN_CLIPS, TrainingData
from ravs.training.validation_metrics import DatasetScore


def dataset_training_data(
    recipe: Recipe, config: RavsConfig, model: AVSModel, parts: Splits, cache: Path
) -> TrainingData:
    """Clips of a data set; what a frozen audio encoder says of them is kept in `cache`.

    Raises: RavsError if nothing is labelled in what is trained on, or in what validates.
    """
    assert isinstance(recipe.data, DatasetRecipe)  # whoever calls has looked
    parts.check_labelled()
    encoder = model.audio_encoder
    processor = RavsProcessor(config)
    if recipe.data.remembered and isinstance(encoder, FrozenEncoder):
        processor = CachingProcessor(config, encoder, cache)
    collate = ClipCollator(config, processor)
    changed = augmentation_of(recipe.data, config.image_size)
    seconds = config.clip_seconds
    training = DatasetClips(parts.data, parts.training, seconds=seconds, seed=recipe.data.seed, changed=changed)
    validation = DatasetWindows(parts.unseen, parts.validation, seconds)
    places = np.linspace(0, len(validation) - 1, min(NUM_SHOWN_CLIPS, len(validation))).round().astype(int)
    return TrainingData(
        training=training,
        validation=validation,
        collate=collate,
        collate_validation=collate,
        score=DatasetScore(config.num_classes),
        best="jf",
        callbacks=(SetClipsEpoch(training),),
        shown=tuple(validation[int(place)] for place in places),
        processor=processor,
        record=parts.record(),
        remarks=(*parts.remarks, *untrained_audio_warning(recipe, encoder)),
    )


def untrained_audio_warning(recipe: Recipe, encoder: nn.Module) -> tuple[str, ...]:
    """What to say of ears that never learn, and have learnt nothing before."""
    if not isinstance(encoder, FrozenEncoder) or recipe.audio_weights is not None or recipe.initial is not None:
        return ()
    return ("warning: the audio encoder is frozen and its weights are random: give the authors' file, audio_weights",)


def with_dataset_classes(recipe: Recipe, classes: tuple[str, ...]) -> Recipe:
    """The recipe with the set's classes, background first as sets have them.

    Raises: InputError where the recipe names other classes, or the same in another order: masks hold their places.
    """
    named = tuple(recipe.model.get("classes", classes[1:]))
    if named != classes[1:]:
        raise InputError(
            f"model.classes are not the set's: {class_difference(named, classes[1:])}. Leave model.classes out"
        )
    return replace(recipe, model={**recipe.model, "classes": classes[1:]})


def class_difference(model: tuple[str, ...], data: tuple[str, ...]) -> str:
    """In words, which classes one has and the other has not."""
    only = [", ".join(name for name in one if name not in other) for one, other in ((model, data), (data, model))]
    found = [f"{who} alone has {names}" for who, names in zip(("the model", "the set"), only, strict=True) if names]
    return "; ".join(found) or "they stand in another order"


def augmentation_of(recipe: DatasetRecipe, size: int) -> ClipAugmentation:
    """How training clips are changed, at the model's size."""
    return ClipAugmentation(
        size=size,
        flip=recipe.flip,
        scale=(recipe.smallest, recipe.largest),
        keep=recipe.keep,
        brightness=recipe.brightness,
        contrast=recipe.contrast,
        saturation=recipe.saturation,
        hue=recipe.hue,
    )
