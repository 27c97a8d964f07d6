"""Open a run's training data: clips composed from a library, or a data set of the field."""

from dataclasses import dataclass
from pathlib import Path

from ravs.config import RavsConfig
from ravs.config.recipe import DatasetRecipe, Recipe, resolve_config
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.errors import InputError
from ravs.modeling.base import AVSModel
from ravs.training.data.benchmark_scenes import find_benchmark_scenes
from ravs.training.data.from_dataset import dataset_training_data, with_dataset_classes
from ravs.training.data.from_library import library_training_data
from ravs.training.data.splits import Splits, open_splits
from ravs.training.data.training_data import TrainingData


@dataclass(frozen=True)
class LibrarySource:
    """A library to compose clips from; its scenes may be those of the composed benchmark."""

    library: Path
    benchmark_scenes: Path | None = None


def open_data_source(recipe: Recipe, library: Path | None, data: Path | None) -> LibrarySource | Splits:
    """The library, or the splits of the recipe's data set. Raises: InputError if its folder is not given."""
    if isinstance(recipe.data, DatasetRecipe):
        if data is None:
            raise InputError(f"this recipe trains on {recipe.data.set}: give --data, the folder of that set")
        return open_splits(recipe.data, data)
    if library is None:
        raise InputError("this recipe trains on composed clips: give --library, the folder of a library")
    return LibrarySource(library, None if data is None else find_benchmark_scenes(recipe, recipe.data, data))


def resolve_classes(recipe: Recipe, source: LibrarySource | Splits) -> Recipe:
    """The recipe with the classes of its data set, unchanged for a library. Raises: InputError."""
    return with_dataset_classes(recipe, source.data.classes) if isinstance(source, Splits) else recipe


def open_training_data(recipe: Recipe, model: AVSModel, source: LibrarySource | Splits, cache: Path) -> TrainingData:
    """Training data of a data set, or composed from a library. Raises: InputError, as `train` does."""
    config = resolve_config(recipe)
    if isinstance(source, Splits):
        return dataset_training_data(recipe, config, model, source, cache)
    check_audio_encoder(recipe, config)
    return library_training_data(recipe, config, model, source.library, cache, source.benchmark_scenes)


def check_audio_encoder(recipe: Recipe, config: RavsConfig) -> None:
    """Raises: InputError for a frozen audio encoder where the task is to train it."""
    if recipe.task == "tagging" and config.audio_encoder not in TRAINABLE_AUDIO_ENCODERS:
        raise InputError(
            f"task is 'tagging', which trains the audio encoder, and {config.audio_encoder!r} is frozen: take "
            f"{' or '.join(TRAINABLE_AUDIO_ENCODERS)}, or task 'segmentation'"
        )
