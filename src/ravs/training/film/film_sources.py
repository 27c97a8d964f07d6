"""What frames and seconds are drawn from, opened once in each process: library, photographs, and the frozen parts."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ravs.data.composition.film.folds import image_fold
from ravs.data.composition.film.photographs import Photos
from ravs.data.composition.film.sound_material import SoundMaterial
from ravs.data.library.library import Library
from ravs.inference.processor import RavsProcessor
from ravs.modeling.matching.class_matching import ClassMatchingModel


@dataclass(frozen=True)
class FilmSources:
    """Where it all is; processes are sent this alone."""

    library: Path
    photos: Path
    start: Path  # folder of the model with its frozen parts
    held_out: Path | None = None  # CSV file of the library's parts to leave out

    def read_library(self) -> Library:
        """The training split: the model's classes, and all others as extras."""
        classes = open_start(self.start).config.classes
        return Library.read(self.library, classes=classes, extras=True, held_out=self.held_out)


@lru_cache(maxsize=1)
def open_start(folder: Path) -> ClassMatchingModel:
    """The model before training, in evaluation mode; not to be changed."""
    model: ClassMatchingModel = ClassMatchingModel.from_pretrained(folder)
    return model


@lru_cache(maxsize=1)
def open_material(sources: FilmSources) -> SoundMaterial:
    """All recordings, at the rate of the model's audio encoder."""
    rate_hz = RavsProcessor(open_start(sources.start).config).sample_rate_hz
    return SoundMaterial(sources.read_library(), rate_hz)


@lru_cache(maxsize=1)
def open_images(sources: FilmSources, fold: int | None, folds: int, seed: int) -> tuple[Library, Photos]:
    """Cut-outs, backgrounds and photographs, of one fold or of all."""
    library, photos = sources.read_library(), Photos.read(sources.photos)
    return (library, photos) if fold is None else image_fold(library, photos, fold, folds, seed)
