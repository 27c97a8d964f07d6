"""Training data composed from a library: training and validation clips of a recipe."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset, Subset

from ravs.config import RavsConfig
from ravs.config.recipe import ComposedDataRecipe, Recipe, resolve_config
from ravs.config.recipe.data import CLIP_SECONDS
from ravs.data.composition.scene import SUBSETS
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.errors import InputError
from ravs.files import content_hash, short_hash
from ravs.inference.processor import RavsProcessor
from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.structures.clip import LabelledClip
from ravs.training.callbacks.epochs import RenewScenes
from ravs.training.data.benchmark_scenes import hash_of_scenes, open_benchmark_scenes
from ravs.training.data.clip_cache import ClipCache
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.composed_takes import open_takes, training_collator
from ravs.training.data.feature_cache import CachingProcessor
from ravs.training.data.tagging_clips import Sample, TaggingClips
from ravs.training.data.training_clips import ComposedAugmentation, TrainingClips
from ravs.training.data.training_data import TrainingData, untrained_audio_warning
from ravs.training.validation_metrics import MaskScore, TaggingScore


def library_training_data(
    recipe: Recipe,
    config: RavsConfig,
    model: AVSModel,
    library: Path,
    cache: Path,
    benchmark_scenes: Path | None = None,
) -> TrainingData:
    """Training data composed from a library; scene pools and decoded recordings are cached in `cache`.

    So are the tokens of a frozen audio encoder, of validation clips and of takes; what is drawn again at each visit is
    encoded by the model. `benchmark_scenes`: the benchmark's pool of training scenes, instead of a pool of the recipe's
    own.
    """
    assert isinstance(recipe.data, ComposedDataRecipe)  # checked by the caller
    clips, validation = open_clips(recipe, library, cache, benchmark_scenes)
    tagging, encoder = recipe.task == "tagging", model.audio_encoder
    frozen = isinstance(encoder, FrozenEncoder)
    processor = CachingProcessor(config, encoder, cache) if frozen else RavsProcessor(config)
    collator, training = training_collator(recipe, config), clips
    if recipe.data.takes and isinstance(clips, TrainingClips):
        training = open_takes(recipe, clips, encoder, cache)
    return TrainingData(
        training=training,
        validation=validation,
        collate=collator.stack if isinstance(training, ClipCache) else collator,
        collate_validation=ComposedCollator(
            config,
            tagging_only=tagging,
            muted=recipe.data.muted,
            seconds=CLIP_SECONDS,
            spec_augment=False,
            processor=processor,
        ),
        score=TaggingScore() if tagging else MaskScore(),
        callbacks=(RenewScenes(training, recipe.data.renewed),) if isinstance(training, TrainingClips) else (),
        shown=() if tagging else tuple(as_clip(subset[0], name) for name, subset in validation.items()),
        processor=processor,
        record={
            "title": "composed from a library",
            "folder": library.resolve().name,
            "sha256": training.library.fingerprint,  # of the names of the parts in use
            "manifest_sha256": content_hash(library / "manifest.csv"),  # which lists the hash of every file
            **({"scenes_sha256": hash_of_scenes(clips.pool)} if isinstance(clips, TrainingClips) else {}),
        },
        remarks=untrained_audio_warning(recipe, encoder),
    )


def as_clip(sample: Sample, name: str) -> LabelledClip:
    """A composed sample as a clip, for validation images."""
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


def open_clips(recipe: Recipe, library: Path, cache: Path, benchmark_scenes: Path | None = None) -> tuple[Any, Any]:
    """Training and validation clips: audio only for tagging, else composed scenes, for validation by subset."""
    data, training = recipe.data, recipe.training
    assert isinstance(data, ComposedDataRecipe)  # checked by the caller
    config = resolve_config(recipe)
    classes, directions = config.classes, config.audio_directions
    check_held_out(data.held_out)
    parts = [
        Library.read(library, "train", classes=classes, held_out=data.held_out),
        Library.read(library, "val", classes=classes),
    ]
    for part in parts:
        part.load_sounds(cache)
    if recipe.task == "tagging":
        assert training.steps is not None  # checked by the recipe
        count = training.steps * training.batch_size
        seed, number = data.validation_seed, 4 * data.validation_clips
        return (
            TaggingClips(parts[0], count=count, seed=data.seed, varied=True, directions=directions),
            TaggingClips(parts[1], count=number, seed=seed, varied=False, directions=directions),
        )
    if benchmark_scenes is None:
        pool = open_scene_pool(cache, parts[0], data.scenes, data.size, data.seed, data.shares)
    else:
        pool = open_benchmark_scenes(benchmark_scenes, parts[0], data)
    augmentation = ComposedAugmentation(everything=data.everything, negative=data.negative, off_screen=data.off_screen)
    clips = TrainingClips(pool, parts[0], seed=data.seed, augmentation=augmentation, directions=directions)
    return clips, open_validation_clips(data, parts[1], cache, directions)


def open_validation_clips(
    data: ComposedDataRecipe, part: Library, cache: Path, directions: int
) -> dict[str, Dataset[Sample]]:
    """Composed validation clips by subset, without augmentation; a subset without clips is left out."""
    shares, seed = dict.fromkeys(SUBSETS, 0.25), data.validation_seed
    pool = open_scene_pool(cache, part, 4 * data.validation_clips, data.validation_size, seed, shares)
    augmentation = replace(ComposedAugmentation.none(), everything=data.everything)
    clips = TrainingClips(pool, part, seed=seed, augmentation=augmentation, directions=directions)
    indices = {subset: [i for i, scene in enumerate(pool.scenes) if scene.subset == subset] for subset in SUBSETS}
    return {subset: Subset(clips, found) for subset, found in indices.items() if found}


def open_scene_pool(
    cache: Path, part: Library, count: int, side: int, seed: int, shares: dict[str, float]
) -> ScenePool:
    """The pool of these scenes, from a folder of the cache that is named after all settings."""
    settings = {"count": count, "shares": shares, "classes": list(part.classes), "parts": part.fingerprint}
    folder = cache / f"scenes-{side}-{seed}-{short_hash(settings)}"
    return ScenePool.build(folder, part, count=count, side=side, seed=seed, shares=shares, jobs=2)


def check_held_out(path: str | None) -> None:
    """Raises: InputError if the list of held-out parts is missing, since training would use these parts."""
    if path is not None and not Path(path).is_file():
        raise InputError(
            f"data.held_out is {path!r}, and {Path(path).resolve()} is no file: run where it is found, or set "
            "data.held_out to its place, or to null to train on every part"
        )
