"""Trains one recipe into a folder with weights, validation metrics and the resolved recipe."""

from collections.abc import Callable
from pathlib import Path

from torch import nn
from transformers import PrinterCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.training import distributed
from ravs.training.callbacks.console import ConsoleLog
from ravs.training.callbacks.log import JsonlLog, check_trackers
from ravs.training.callbacks.read_errors import StopOnReadErrors
from ravs.training.callbacks.validation_images import ValidationImages, tensorboard_logger
from ravs.training.data.batch_sampler import DistributedBatchSampler
from ravs.training.data.open_data import open_data_source, open_training_data, resolve_classes
from ravs.training.data.training_data import TrainingData
from ravs.training.data.unreadable_clips import ReadableClips, read_unreadable
from ravs.training.initialize import AudioTagger, build_model
from ravs.training.run_folder.checkpoints import is_final, last_complete_checkpoint
from ravs.training.run_folder.disk_full import explain_disk_full
from ravs.training.run_folder.locks import lock_cache, lock_run_folder
from ravs.training.run_folder.names import CACHE, UNREADABLE, VALIDATION_IMAGES
from ravs.training.run_folder.prepare import prepare_run_folder
from ravs.training.run_folder.record import describe_setup
from ravs.training.run_folder.results import format_metrics, metrics_if_done, write_metrics
from ravs.training.trainer.arguments import training_arguments
from ravs.training.trainer.trainer import RavsTrainer


def train(
    recipe: Recipe,
    *,
    library: Path | None = None,
    data: Path | None = None,
    out: Path,
    resume: bool = True,
    report: Callable[[str], None] | None = None,
    log: tuple[str, ...] = (),
) -> dict[str, float]:
    """Train one recipe into the folder `out` and return the validation metrics of the saved weights.

    A run that was stopped, at any moment, resumes from its last complete checkpoint and ends with the weights of an
    uninterrupted one; a finished run is not repeated. The resolved recipe, versions, git state and data are recorded
    beside the weights. Several processes (torchrun, accelerate launch) share the work.

    Args:
        library: folder of the library, for a recipe of composed clips.
        data: folder of the data set, for a recipe that names one; the model's classes are the data set's. For a recipe
            of composed clips, the folder of the benchmark, whose scenes are then trained on.
        out: folder of the run. What runs share (scenes, composed clips, audio features) is kept in pool/ beside it.
        resume: False removes the run in `out` and starts again.
        report: called with lines for the user, in the first process.
        log: trackers besides log.jsonl: tensorboard, wandb, trackio.

    Raises: InputError where `out` holds a run of another recipe or on other data, or the data are not the recipe's.
    RavsError for a loss that is not finite, too many unreadable clips, or a full disk; the last checkpoint is kept.
    """
    check_trackers(log)
    out = out if out.name not in ("", "..") else out.resolve()  # its name and its parent are used
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; name a folder for the run")
    source = open_data_source(recipe, library, data)
    recipe = resolve_classes(recipe, source)
    arguments = training_arguments(recipe.training, out, log)  # also connects the processes of the run
    report = report if distributed.rank() == 0 else None
    with explain_disk_full(out, "a file of the run"), lock_run_folder(out, report):
        if resume and (known := metrics_if_done(out, recipe)) is not None:
            if report is not None:
                report(f"{out} is done, --no-resume would train it again: {format_metrics(known)}")
            return known
        model = build_model(recipe)
        with distributed.main_process_first(), lock_cache(out.parent / CACHE) as cache:
            training_data = open_training_data(recipe, model, source, cache)
            batch_sampler = build_batch_sampler(recipe, len(training_data.training))
            if distributed.rank() == 0:  # only once everything has been checked
                removed = prepare_run_folder(out, recipe, training_data.record, resume=resume)
                if report is not None and (remarks := [*removed, *training_data.remarks]):
                    report("\n".join(remarks))
        trained: nn.Module = model if recipe.task == "segmentation" else AudioTagger(model)
        metrics = train_and_save(build_trainer(recipe, trained, arguments, training_data, batch_sampler, report))
    if report is not None:
        report(f"{out}: {format_metrics(metrics)}")
    return metrics


def build_batch_sampler(recipe: Recipe, clips: int) -> DistributedBatchSampler:
    """Which clips this process sees at each step. Raises: InputError for batches that cannot be divided."""
    return DistributedBatchSampler(
        clips,
        batch_size=recipe.training.batch_size,
        accumulation=recipe.training.accumulation,
        seed=recipe.training.seed,
        rank=distributed.rank(),
        processes=distributed.world_size(),
    )


def build_trainer(
    recipe: Recipe,
    model: nn.Module,
    arguments: TrainingArguments,
    training_data: TrainingData,
    batch_sampler: DistributedBatchSampler,
    report: Callable[[str], None] | None,
) -> RavsTrainer:
    """The Trainer of a run with its callbacks."""
    out = Path(str(arguments.output_dir))
    clips = ReadableClips(training_data.training, out / UNREADABLE)
    setup = describe_setup(recipe, arguments, model, len(clips))
    jsonl_log = JsonlLog(out, setup)
    arguments.metric_for_best_model = training_data.best_metric
    arguments.greater_is_better = None if training_data.best_metric is None else True
    arguments.load_best_model_at_end = training_data.best_metric is not None
    images = ValidationImages(training_data, out / VALIDATION_IMAGES)
    trainer = RavsTrainer(
        recipe=recipe.training,
        batch_sampler=batch_sampler,
        model=model,
        args=arguments,
        data_collator=training_data.collate,
        validation_collator=training_data.collate_validation,
        train_dataset=clips,
        eval_dataset=training_data.validation,
        compute_metrics=training_data.score,
        callbacks=[
            *training_data.callbacks,
            jsonl_log,
            ConsoleLog(out, setup, report),
            StopOnReadErrors(clips, jsonl_log, report),
            images,
        ],
    )
    trainer.remove_callback(PrinterCallback)
    images.show = tensorboard_logger(trainer.callback_handler.callbacks)
    return trainer


def train_and_save(trainer: RavsTrainer) -> dict[str, float]:
    """Train to the end and save; returns the validation metrics of the saved weights."""
    train_to_end(trainer, last_complete_checkpoint(trainer.out))
    metrics = final_metrics(trainer)
    trainer.save_final()
    if distributed.rank() == 0:
        write_metrics(trainer.out, metrics)
    return metrics


def train_to_end(trainer: RavsTrainer, checkpoint: Path | None) -> None:
    """Train to the end, from a checkpoint or the beginning. After the last step only the weights are read.

    transformers, asked to resume after the last step in the middle of an epoch, would take one more step.
    """
    if checkpoint is None or not is_final(checkpoint):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        return
    trainer.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    trainer._load_from_checkpoint(str(checkpoint if best is None else trainer.out / f"checkpoint-{best}"))


def final_metrics(trainer: RavsTrainer) -> dict[str, float]:
    """The validation metrics of the saved weights: those logged at their step, else computed now."""
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    step = best or trainer.state.global_step
    found: dict[str, float] = {}
    for record in trainer.state.log_history:
        if record["step"] == step and any(key.startswith("eval_") for key in record):
            found |= {key: value for key, value in record.items() if key != "step"}
    found = found or trainer.evaluate()
    left_out = len(read_unreadable(trainer.clips.path))
    return found | ({"unreadable_clips": left_out} if left_out else {})
