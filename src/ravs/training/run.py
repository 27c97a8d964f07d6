"""One run: from a recipe to a folder with weights, figures and the recipe as it was resolved."""

from collections.abc import Callable
from pathlib import Path

from torch import nn
from transformers import PrinterCallback, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.training import distributed as processes
from ravs.training.callbacks.console import Telling
from ravs.training.callbacks.log import Journal, check_trackers
from ravs.training.callbacks.read_errors import WatchReading
from ravs.training.callbacks.validation_images import STRIPS, Strips, shown_in
from ravs.training.data.batch_sampler import SharedBatches
from ravs.training.data.open_data import classes_settled, material_of, source_of
from ravs.training.data.training_data import Material
from ravs.training.data.unreadable_clips import UNREADABLE, ReadableClips
from ravs.training.initialize import Tagger, build_model
from ravs.training.run_folder.checkpoints import last_whole_checkpoint, took_all_steps
from ravs.training.run_folder.disk_full import told_where_full
from ravs.training.run_folder.locks import alone_in, one_at_a_time
from ravs.training.run_folder.prepare import begin
from ravs.training.run_folder.record import setting_of
from ravs.training.run_folder.results import figures_if_done, figures_of, told, write_figures
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
    source = source_of(recipe, library, data)
    recipe = classes_settled(recipe, source)
    arguments = training_arguments(recipe.training, out, log)  # the processes of the run have found each other
    report = report if processes.rank() == 0 else None
    with told_where_full(out, "a file of the run"), one_at_a_time(out, report):
        if resume and (known := figures_if_done(out, recipe)) is not None:
            if report is not None:
                report(f"{out} is done, --no-resume would train it anew: {told(known)}")
            return known
        model = build_model(recipe)
        with processes.first_alone(), alone_in(out.parent / "pool") as pool:
            material = material_of(recipe, model, source, pool)
            order = order_of(recipe, len(material.training))
            if processes.rank() == 0:  # now that nothing is wrong with it
                remarks = begin(out, recipe, material, resume=resume)
                if report is not None and remarks:
                    report("\n".join(remarks))
        trained: nn.Module = model if recipe.task == "segmentation" else Tagger(model)
        figures = carried_through(trainer_of(recipe, trained, arguments, material, order, report))
    if report is not None:
        report(f"{out}: {told(figures)}")
    return figures


def order_of(recipe: Recipe, clips: int) -> SharedBatches:
    """Which clips each step of this process sees. Raises: InputError for batches that cannot be shared out."""
    return SharedBatches(
        clips,
        batch_size=recipe.training.batch_size,
        parts=recipe.training.accumulation,
        seed=recipe.training.seed,
        rank=processes.rank(),
        processes=processes.count(),
    )


def trainer_of(
    recipe: Recipe,
    model: nn.Module,
    arguments: TrainingArguments,
    material: Material,
    order: SharedBatches,
    report: Callable[[str], None] | None,
) -> RavsTrainer:
    """The Trainer of a run, with all that watches and writes."""
    out = Path(str(arguments.output_dir))
    clips = ReadableClips(material.training, out / UNREADABLE)
    setting = setting_of(recipe, arguments, model, len(clips))
    journal = Journal(out, setting)
    arguments.metric_for_best_model = material.best
    arguments.greater_is_better = None if material.best is None else True
    arguments.load_best_model_at_end = material.best is not None
    strips = Strips(material, out / STRIPS)
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
            Telling(out, setting, report),
            WatchReading(clips, journal, report),
            strips,
        ],
    )
    trainer.remove_callback(PrinterCallback)
    strips.show = shown_in(trainer.callback_handler.callbacks)
    return trainer


def carried_through(trainer: RavsTrainer) -> dict[str, float]:
    """Train to the end and save: the validation figures of the weights that are saved."""
    go_on(trainer, last_whole_checkpoint(trainer.out))
    figures = figures_of(trainer)
    trainer.save_whole()
    if processes.rank() == 0:
        write_figures(trainer.out, figures)
    return figures


def go_on(trainer: RavsTrainer, checkpoint: Path | None) -> None:
    """Train to the end, from a checkpoint or the beginning. Of the last one only the weights are read.

    transformers, asked to go on after the last step in the middle of an epoch, would take one step more.
    """
    if checkpoint is None or not took_all_steps(checkpoint):
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        return
    trainer.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    trainer._load_from_checkpoint(str(checkpoint if best is None else trainer.out / f"checkpoint-{best}"))
