"""Training data of a data set of the field: its clips and classes, and all else that a run needs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

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
from ravs.training.data.training_data import NUM_SHOWN_CLIPS, TrainingData, untrained_audio_warning
from ravs.training.validation_metrics import DatasetScore


def dataset_training_data(
    recipe: Recipe, config: RavsConfig, model: AVSModel, splits: Splits, cache: Path
) -> TrainingData:
    """Training data of a data set; the tokens of a frozen audio encoder are cached in `cache`.

    Raises: RavsError if no pixel of the training or of the validation clips is labelled.
    """
    assert isinstance(recipe.data, DatasetRecipe)  # checked by the caller
    splits.check_labelled()
    encoder = model.audio_encoder
    processor = RavsProcessor(config)
    if recipe.data.remembered and isinstance(encoder, FrozenEncoder):
        processor = CachingProcessor(config, encoder, cache)
    collate = ClipCollator(config, processor)
    augmentation = augmentation_of(recipe.data, config.image_size)
    seconds = config.clip_seconds
    training = DatasetClips(
        splits.data, splits.training, seconds=seconds, seed=recipe.data.seed, augmentation=augmentation
    )
    validation = DatasetWindows(splits.validation_data, splits.validation, seconds)
    indices = np.linspace(0, len(validation) - 1, min(NUM_SHOWN_CLIPS, len(validation))).round().astype(int)
    return TrainingData(
        training=training,
        validation=validation,
        collate=collate,
        collate_validation=collate,
        score=DatasetScore(config.num_classes),
        best_metric="jf",
        callbacks=(SetClipsEpoch(training),),
        shown=tuple(validation[int(index)] for index in indices),
        processor=processor,
        record=splits.record(),
        remarks=(*splits.remarks, *untrained_audio_warning(recipe, encoder)),
    )


def with_dataset_classes(recipe: Recipe, classes: tuple[str, ...]) -> Recipe:
    """The recipe with the data set's classes, which are given with background first.

    Raises: InputError if the recipe names other classes, or the same in another order: masks hold their indices.
    """
    named = tuple(recipe.model.get("classes", classes[1:]))
    if named != classes[1:]:
        raise InputError(
            f"model.classes are not the set's: {class_difference(named, classes[1:])}. Leave model.classes out"
        )
    return replace(recipe, model={**recipe.model, "classes": classes[1:]})


def class_difference(model: tuple[str, ...], data: tuple[str, ...]) -> str:
    """In words, which classes only the model or only the data set has."""
    only = [", ".join(name for name in one if name not in other) for one, other in ((model, data), (data, model))]
    found = [f"{owner} alone has {names}" for owner, names in zip(("the model", "the set"), only, strict=True) if names]
    return "; ".join(found) or "they stand in another order"


def augmentation_of(recipe: DatasetRecipe, size: int) -> ClipAugmentation:
    """Augmentation of training clips, at the model's image size."""
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
