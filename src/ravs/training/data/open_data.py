"""Where a run's clips come from: a library, or a data set of the field."""

from dataclasses import dataclass
from pathlib import Path

from ravs.config import RavsConfig
from ravs.config.recipe import Recipe, SetRecipe
from ravs.config.validation import OWN_EARS
from ravs.errors import InputError
from ravs.modeling.base import Shell
from ravs.training.data.benchmark_scenes import stream_of
from ravs.training.data.from_dataset import set_material, with_classes_of
from ravs.training.data.from_library import composed_material
from ravs.training.data.splits import Parts, open_parts
from ravs.training.data.training_data import Material
from ravs.training.initialize import config_of


@dataclass(frozen=True)
class Composed:
    """A library to compose clips from, and where the benchmark is trained on the pool of its scenes."""

    library: Path
    stream: Path | None = None


def source_of(recipe: Recipe, library: Path | None, data: Path | None) -> Composed | Parts:
    """The library, or the parts of the set that the recipe names. Raises: InputError where the folder is not given."""
    if isinstance(recipe.data, SetRecipe):
        if data is None:
            raise InputError(f"this recipe trains on {recipe.data.set}: give --data, the folder of that set")
        return open_parts(recipe.data, data)
    if library is None:
        raise InputError("this recipe trains on composed clips: give --library, the folder of a library")
    return Composed(library, None if data is None else stream_of(recipe, recipe.data, data))


def classes_settled(recipe: Recipe, source: Composed | Parts) -> Recipe:
    """The recipe with the classes of its data set; for a library as it is. Raises: InputError."""
    return with_classes_of(recipe, source.data.classes) if isinstance(source, Parts) else recipe


def material_of(recipe: Recipe, model: Shell, source: Composed | Parts, cache: Path) -> Material:
    """Clips of a data set, or composed from a library. Raises: InputError as `train` does."""
    config = config_of(recipe)
    if isinstance(source, Parts):
        return set_material(recipe, config, model, source, cache)
    check_ears(config)
    return composed_material(recipe, config, source.library, cache, source.stream)


def check_ears(config: RavsConfig) -> None:
    """Raises: InputError for a model that composed clips cannot teach to listen: its ears are frozen."""
    if config.audio_encoder not in OWN_EARS:
        raise InputError(
            f"audio_encoder is {config.audio_encoder!r}; composed clips train {' and '.join(OWN_EARS)} alone"
        )
