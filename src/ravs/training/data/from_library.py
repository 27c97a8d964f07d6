"""Clips to train on and clips to validate on, as a recipe names them: composed from a library."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Subset

from ravs.config import RavsConfig
from ravs.config.recipe import ComposedDataRecipe, Recipe, resolve_config
from ravs.data.composition.scene import SUBSETS
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.errors import InputError
from ravs.files import content_hash, drop_defaults, short_hash
from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import LabelledClip
from ravs.training.callbacks.epochs import RenewScenes
from ravs.training.data.benchmark_scenes import hash_of_scenes, open_benchmark_scenes
from ravs.training.data.clip_cache import ClipCache
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.tagging_clips import Sample, TaggingClips
from ravs.training.data.training_clips import ComposedAugmentation, TrainingClips
from ravs.training.data.training_data import TrainingData
from ravs.training.validation_metrics import MaskScore, TaggingScore

CACHE_KEYS = ("scenes", "size", "seconds", "takes", "everything", "muted", "seed", "shares")  # what takes follow from
LATER_CACHE_KEYS = {  # and their defaults, with which the folders of older clips keep their names
    "negative": ComposedDataRecipe.negative,
    "off_screen": ComposedDataRecipe.off_screen,
    "directions": RavsConfig.audio_directions,
}


def library_training_data(
    recipe: Recipe, config: RavsConfig, library: Path, cache: Path, stream: Path | None = None
) -> TrainingData:
    """Clips composed from a library; pools and sounds are kept in `cache`.

    `stream` is the pool of the scenes to train on where it lies elsewhere: the benchmark's.
    """
    assert isinstance(recipe.data, ComposedDataRecipe)  # whoever calls has looked
    clips, validation = open_clips(recipe, library, cache, stream)
    tagging = recipe.task == "tagging"
    listening = {"tagging_only": tagging, "muted": recipe.data.muted}
    collator = ComposedCollator(config, **listening, seconds=recipe.data.seconds, spoiled=True)
    training = clips
    if recipe.data.takes and isinstance(clips, TrainingClips):
        training = cached_clips(recipe, clips, collator, cache)
    return TrainingData(
        training=training,
        validation=validation,
        collate=collator.join if isinstance(training, ClipCache) else collator,
        collate_validation=ComposedCollator(config, **listening, seconds=5, spoiled=False),
        score=TaggingScore() if tagging else MaskScore(),
        callbacks=(RenewScenes(training, recipe.data.renewed),) if isinstance(training, TrainingClips) else (),
        shown=() if tagging else tuple(as_clip(subset[0], name) for name, subset in validation.items()),
        processor=RavsProcessor(config),
        record={
            "title": "composed from a library",
            "folder": library.resolve().name,
            "sha256": training.library.fingerprint,  # of the parts that are used, by name
            "manifest_sha256": content_hash(library / "manifest.csv"),  # which has the hash of every file
            **({"scenes_sha256": hash_of_scenes(clips.pool)} if isinstance(clips, TrainingClips) else {}),
        },
    )


def as_clip(sample: Sample, name: str) -> LabelledClip:
    """A composed sample as a clip, to be drawn."""
    seconds = len(sample["frames"])
    return LabelledClip(
        frames=sample["frames"],
        waveform=sample["waveform"],
        times_s=np.arange(seconds) + 1.0,
        sample_rate_hz=SAMPLE_RATE_HZ,
        masks=sample["masks"],
        name=name,
        subset=name,
    )


def open_clips(recipe: Recipe, library: Path, cache: Path, stream: Path | None = None) -> tuple[Any, Any]:
    """Clips to train on and clips to validate on: sounds alone for tagging, else composed scenes by subset."""
    data, training = recipe.data, recipe.training
    assert isinstance(data, ComposedDataRecipe)  # a set's clips are found elsewhere
    config = resolve_config(recipe)
    classes, told = config.classes, {"directions": config.audio_directions}
    check_held_out(data.held_out)
    parts = [
        Library.read(library, "train", classes=classes, held_out=data.held_out),
        Library.read(library, "val", classes=classes),
    ]
    for part in parts:
        part.load_sounds(cache)
    if recipe.task == "tagging":
        assert training.steps is not None  # the recipe promises it
        count = training.steps * training.batch_size
        return (
            TaggingClips(parts[0], count=count, seed=data.seed, varied=True, **told),
            TaggingClips(parts[1], count=4 * data.validation_clips, seed=data.validation_seed, varied=False, **told),
        )
    equal = dict.fromkeys(SUBSETS, 0.25)
    if stream is None:
        pool = open_scene_pool(cache, parts[0], data.scenes, data.size, data.seed, data.shares)
    else:
        pool = open_benchmark_scenes(stream, parts[0], data)
    unseen = open_scene_pool(
        cache, parts[1], 4 * data.validation_clips, data.validation_size, data.validation_seed, equal
    )
    seen_as_it_is = replace(ComposedAugmentation.none(), everything=data.everything)
    whole = TrainingClips(unseen, parts[1], seed=data.validation_seed, augmentation=seen_as_it_is, **told)
    places = {subset: [i for i, scene in enumerate(unseen.scenes) if scene.subset == subset] for subset in SUBSETS}
    by_subset = {subset: Subset(whole, found) for subset, found in places.items() if found}  # few clips miss some
    changes = ComposedAugmentation(everything=data.everything, negative=data.negative, off_screen=data.off_screen)
    return TrainingClips(pool, parts[0], seed=data.seed, augmentation=changes, **told), by_subset


def open_scene_pool(
    cache: Path, part: Library, count: int, side: int, seed: int, shares: dict[str, float]
) -> ScenePool:
    """The pool of these scenes, from the cache, where pools of other settings lie beside it."""
    settings = {"count": count, "shares": shares, "classes": list(part.classes), "parts": part.fingerprint}
    folder = cache / f"scenes-{side}-{seed}-{short_hash(settings)}"
    return ScenePool.build(folder, part, count=count, side=side, seed=seed, shares=shares, jobs=2)


def check_held_out(path: str | None) -> None:
    """Raises: InputError for a list of parts that is not there, so that nobody trains on what should be held out."""
    if path is not None and not Path(path).is_file():
        raise InputError(
            f"data.held_out is {path!r}, and {Path(path).resolve()} is no file: run where it is found, or set "
            "data.held_out to its place, or to null to train on every part"
        )


def cached_clips(recipe: Recipe, clips: TrainingClips, collator: ComposedCollator, cache: Path) -> ClipCache:
    """The clips' takes, from the cache."""
    config, data = resolve_config(recipe), asdict(recipe.data)
    values = {**data, "directions": config.audio_directions}
    settings = {
        **{key: values[key] for key in (*CACHE_KEYS, *LATER_CACHE_KEYS)},
        "classes": list(config.classes),
        "parts": clips.library.fingerprint,
        "audio_encoder": config.audio_encoder,
    }
    settings = drop_defaults(settings, LATER_CACHE_KEYS)
    folder = cache / f"takes-{short_hash(settings)}"
    return ClipCache.build(folder, clips, collator, data["takes"], settings)
