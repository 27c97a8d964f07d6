"""One run: from a recipe to a folder with weights, figures and the recipe as it was resolved."""

from collections.abc import Callable
from pathlib import Path

from torch import nn
from transformers import PrinterCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.training import distributed as processes
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
from ravs.training.run_folder.locks import lock_pool, lock_run_folder
from ravs.training.run_folder.names import POOL, STRIPS, UNREADABLE
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
    """Trains one recipe into the folder `out` and returns the validation figures of the weights that it saves.

    A run that was stopped, at whatever moment, goes on from its last whole checkpoint to the weights of an unbroken
    one; a run that is done is not done again. The resolved recipe, versions, git state and data lie beside the
    weights. Several processes (torchrun, accelerate launch) share the work.

    Args:
        library: folder of the library, for a recipe of composed clips.
        data: folder of the data set, for a recipe that names one; the model's classes are the set's. For a recipe of
            composed clips the folder of the benchmark, whose scenes are then trained on.
        out: folder of the run. What runs share (pools, sounds, audio features) is kept in pool/ beside it.
        resume: False removes what lies in `out` and starts anew.
        report: told, in the first process, what happens.
        log: trackers besides log.jsonl: tensorboard, wandb, trackio.

    Raises: InputError where `out` holds a run of another recipe or on other data, or the data are not the recipe's.
    RavsError for a loss that is no number, too many clips that cannot be read, or a full disk; the last checkpoint
    is kept.
    """
    check_trackers(log)
    out = out if out.name not in ("", "..") else out.resolve()  # its name and its parent are asked for
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; name a folder for the run")
    source = open_data_source(recipe, library, data)
    recipe = resolve_classes(recipe, source)
    arguments = training_arguments(recipe.training, out, log)  # the processes of the run have found each other
    report = report if processes.rank() == 0 else None
    with explain_disk_full(out, "a file of the run"), lock_run_folder(out, report):
        if resume and (known := metrics_if_done(out, recipe)) is not None:
            if report is not None:
                report(f"{out} is done, --no-resume would train it anew: {format_metrics(known)}")
            return known
        model = build_model(recipe)
        with processes.main_process_first(), lock_pool(out.parent / POOL) as pool:
            material = open_training_data(recipe, model, source, pool)
            order = build_batch_sampler(recipe, len(material.training))
            if processes.rank() == 0:  # now that nothing is wrong with it
                remarks = prepare_run_folder(out, recipe, material, resume=resume)
                if report is not None and remarks:
                    report("\n".join(remarks))
        trained: nn.Module = model if recipe.task == "segmentation" else AudioTagger(model)
        figures = train_and_save(build_trainer(recipe, trained, arguments, material, order, report))
    if report is not None:
        report(f"{out}: {format_metrics(figures)}")
    return figures


def build_batch_sampler(recipe: Recipe, clips: int) -> DistributedBatchSampler:
    """Which clips each step of this process sees. Raises: InputError for batches that cannot be shared out."""
    return DistributedBatchSampler(
        clips,
        batch_size=recipe.training.batch_size,
        parts=recipe.training.accumulation,
        seed=recipe.training.seed,
        rank=processes.rank(),
        processes=processes.world_size(),
    )


def build_trainer(
    recipe: Recipe,
    model: nn.Module,
    arguments: TrainingArguments,
    material: TrainingData,
    order: DistributedBatchSampler,
    report: Callable[[str], None] | None,
) -> RavsTrainer:
    """The Trainer of a run, with all that watches and writes."""
    out = Path(str(arguments.output_dir))
    clips = ReadableClips(material.training, out / UNREADABLE)
    setting = describe_setup(recipe, arguments, model, len(clips))
    journal = JsonlLog(out, setting)
    arguments.metric_for_best_model = material.best
    arguments.greater_is_better = None if material.best is None else True
    arguments.load_best_model_at_end = material.best is not None
    strips = ValidationImages(material, out / STRIPS)
    trainer = RavsTrainer(
        recipe=recipe.training,
        order=order,
        model=model,
        args=arguments,
        data_collator=material.collate,
        validation_collator=material.collate_validation,
        train_dataset=clips,
        eval_dataset=material.validation,
        compute_metrics=material.score,
        callbacks=[
            *material.callbacks,
            journal,
            ConsoleLog(out, setting, report),
            StopOnReadErrors(clips, journal, report),
            strips,
        ],
    )
    trainer.remove_callback(PrinterCallback)
    strips.show = tensorboard_logger(trainer.callback_handler.callbacks)
    return trainer


def train_and_save(trainer: RavsTrainer) -> dict[str, float]:
    """Train to the end and save: the validation figures of the weights that are saved."""
    train_to_end(trainer, last_complete_checkpoint(trainer.out))
    figures = final_metrics(trainer)
    trainer.save_whole()
    if processes.rank() == 0:
        write_metrics(trainer.out, figures)
    return figures


def train_to_end(trainer: RavsTrainer, checkpoint: Path | None) -> None:
    """Train to the end, from a checkpoint or the beginning. Of the last one only the weights are read.

    transformers, asked to go on after the last step in the middle of an epoch, would take one step more.
    """
    if checkpoint is None or not is_final(checkpoint):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        return
    trainer.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    trainer._load_from_checkpoint(str(checkpoint if best is None else trainer.out / f"checkpoint-{best}"))


def final_metrics(trainer: RavsTrainer) -> dict[str, float]:
    """The validation figures of the weights that are saved: those logged at their step, or else found now."""
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    step = best or trainer.state.global_step
    found: dict[str, float] = {}
    for record in trainer.state.log_history:
        if record["step"] == step and any(key.startswith("eval_") for key in record):
            found |= {key: value for key, value in record.items() if key != "step"}
    found = found or trainer.evaluate()
    left_out = len(read_unreadable(trainer.clips.path))
    return found | ({"unreadable_clips": left_out} if left_out else {})
