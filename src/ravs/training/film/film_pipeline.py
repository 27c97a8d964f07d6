"""Trains class matching on film-like frames, from a library and photographs to a model's folder, step by step.

Each step writes files of its own, complete or not at all, and is not repeated where they are there.
"""

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from ravs.config.recipe import OptimizerRecipe, Recipe, resolve_config
from ravs.data.composition.film.folds import recording_folds
from ravs.data.composition.film.photographs import Photos
from ravs.errors import InputError
from ravs.file_lock import locked
from ravs.files import atomic_folder, hidden_sibling
from ravs.inference.processor import RavsProcessor
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.matching.sight_net import SightNet
from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.modeling.matching.table_classes import add_table_classes, check_class
from ravs.modeling.weights import load_strict, quiet_transformers
from ravs.training.film.block_files import BlockRows, write_tensors
from ravs.training.film.film_caches import read_all_seconds, write_frames, write_seconds
from ravs.training.film.film_run import FilmRun, Report
from ravs.training.film.film_sources import open_material, open_start
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.hearing_doubt import divide_logits, shift_mask
from ravs.training.film.linear_sound_classifier import join, train_sound_classifier
from ravs.training.film.mask_head_training import MatchingData, train_mask_head
from ravs.training.film.out_of_fold_sound import out_of_fold_logits, second_folds
from ravs.training.film.second_blocks import Seconds
from ravs.training.film.sight_training import train_sight, write_views
from ravs.training.film.sounding_draw import SecondsByClasses
from ravs.training.initialize import build_with_weights
from ravs.training.training_parts import write_training_parts

SOUND, MASK_HEAD, LOGITS = "sound-classifier", "mask-head", "sound-logits"  # files of a run


def train_film_model(
    folder: Path,
    library: Path,
    photos: Path,
    settings: FilmTrainingSettings,
    *,
    held_out: Path | None = None,
    jobs: int = 0,
    report: Report = lambda line: None,
) -> Path:
    """Train, or resume; equal settings and data give equal weights, on one machine with one number of threads.

    Args:
        folder: of the run; everything is written below it.
        library: folder of the library (manifest.csv).
        photos: folder of photographs with natural masks (instances.json).
        settings: every number.
        held_out: CSV file whose column `path` names parts of the library to leave out.
        jobs: processes that draw frames and seconds; 0: one for each core.
        report: called with a line now and then.

    Returns: the model's folder, which `ravs.load` takes.

    Raises: InputError if the folder is of another run, or library or photographs cannot be read.
    """
    start_recipe(settings)  # a mistake in it is found before anything is written
    run = FilmRun(folder, library, photos, held_out, settings, jobs, report)
    for name in settings.table_classes:
        check_class(name)
    with locked(hidden_sibling(folder, ".lock")):
        run.check_settings()
        for step in (write_start, write_frames, write_seconds, train_sound, train_sights, train_matching, write_model):
            report(step.__name__.replace("_", " "))
            step(run)
    return run.model


def start_recipe(settings: FilmTrainingSettings) -> Recipe:
    """What the model is built from. Raises: InputError if it is another than class matching on yamnet-panorama."""
    recipe = Recipe(
        preset=settings.preset,
        model=dict(settings.model),
        visual_weights=settings.visual_weights,
        audio_weights=settings.audio_weights,
        training=OptimizerRecipe(seed=settings.seed),
    )
    config = resolve_config(recipe)
    if config.model_type != "class-matching" or config.audio_encoder != "yamnet-panorama":
        raise InputError(
            f"preset {settings.preset} is {config.model_type} on {config.audio_encoder}; "
            "this trains class-matching on yamnet-panorama: give class-matching-tiny"
        )
    return recipe


def write_start(run: FilmRun) -> None:
    """The model with its frozen parts, and the first weights of the others."""
    if run.start.exists():
        return
    model = build_with_weights(start_recipe(run.settings))
    with atomic_folder(run.start) as part, quiet_transformers():
        model.save_pretrained(part)


def train_sound(run: FilmRun) -> None:
    """The classifier of what is heard, and what classifiers without a second's recordings hear in it."""
    if run.part_file(LOGITS).exists():
        return
    settings, model = run.settings, open_start(run.start)
    channels = model.audio_encoder.part_channels["vector"]
    sets = read_all_seconds(run)

    def train(mixed: Seconds, clean: Seconds, *pairs: Seconds) -> SoundClassifier:
        return train_sound_classifier(clean, join([mixed, *pairs]), model.config.classes, channels, settings)

    write_tensors(run.part_file(SOUND), train(*sets).state_dict())
    generator = np.random.default_rng(settings.seed)
    library = open_material(run.sources).library
    folds_of = recording_folds(library, settings.recording_folds, generator)
    folds = [second_folds(one.sources, folds_of, settings.recording_folds, generator) for one in sets]
    logits = out_of_fold_logits(sets, folds, settings.recording_folds, lambda rest: train(*rest))
    write_tensors(run.part_file(LOGITS), {"logits": torch.cat(logits)})


def train_sights(run: FilmRun) -> None:
    """For each fold a sight network that never had it, and what it sees there; then one that had all frames."""
    for fold in run.folds:
        views = run.frame_blocks(fold, "views")
        if not all(block.path.exists() for block in views):
            net = _trained_sight(run, fold)
            write_views(net, run.frames(fold), views, run.settings.sight_batch)
    _trained_sight(run, None)


def _trained_sight(run: FilmRun, fold: int | None) -> SightNet:
    """The sight network trained on the other folds (None: on all folds, and the frames of all things)."""
    settings, name = run.settings, run.sight_name(fold)
    net = deepcopy(open_start(run.start).sight_net)
    classes = open_start(run.start).config.classes
    others = [other for other in run.folds if other != fold]
    steps = settings.last_sight_steps if fold is None else settings.sight_steps

    def train(part: SightNet) -> None:
        pools = [run.frames(other) for other in ([None, *others] if fold is None else others)]
        train_sight(part, pools, classes, steps, settings, run.losses(name))

    return run.train_once(name, net, train)


def train_matching(run: FilmRun) -> None:
    """The mask head, on what was seen and heard out of fold."""
    if run.part_file(MASK_HEAD).exists():
        return
    model = open_start(run.start)
    data = MatchingData(
        frames=[run.frames(fold) for fold in run.folds],
        views=[BlockRows([block.path for block in run.frame_blocks(fold, "views")]) for fold in run.folds],
        logits=read_checkpoint(run.part_file(LOGITS))["logits"],
        seconds=SecondsByClasses(join(read_all_seconds(run)).heard()),
        classes=model.config.classes,
        directions=model.num_directions,
    )
    head = deepcopy(model.mask_head)
    run.train_once(MASK_HEAD, head, lambda part: train_mask_head(part, data, run.settings, run.losses(MASK_HEAD)))


def write_model(run: FilmRun) -> None:
    """The model's folder: float16 weights, configuration, and the list of what it was trained on."""
    if run.model.exists():
        return
    model = ClassMatchingModel.from_pretrained(run.start)
    parts = {"sight_net": run.sight_name(None), "sound_classifier": SOUND, "mask_head": MASK_HEAD}
    for part, name in parts.items():
        load_strict(getattr(model, part), read_checkpoint(run.part_file(name)), name)
    divide_logits(model.sound_classifier, run.settings.divisor)
    shift_mask(model.mask_head, run.settings.mask_shift)
    model = add_table_classes(model, run.settings.table_classes)
    with atomic_folder(run.model) as folder, quiet_transformers():
        model.half().save_pretrained(folder)
        RavsProcessor(model.config).save_pretrained(folder)
        write_training_parts(folder / "training_parts.csv", run.sources.read_library(), Photos.read(run.photos))
