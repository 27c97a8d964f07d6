"""One run: from a recipe to a folder with weights, figures and the recipe as it was resolved."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from transformers import TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from ravs.config import RavsConfig
from ravs.data.targets import DIRECTIONS
from ravs.data_recipe import SetRecipe
from ravs.errors import InputError
from ravs.files import write_whole
from ravs.model import RavsModel
from ravs.recipe import OptimiserRecipe, Recipe
from ravs.training.clips import composed_material
from ravs.training.material import Material
from ravs.training.parts import Parts, open_parts
from ravs.training.sets import set_material, with_classes_of
from ravs.training.start import Tagger, build_model, config_of, freeze_stages
from ravs.training.strips import Strips
from ravs.training.trainer import RavsTrainer


def train(
    recipe: Recipe,
    *,
    library: Path | None = None,
    data: Path | None = None,
    out: Path,
    resume: bool = True,
    report: Callable[[str], None] | None = None,
) -> dict[str, float]:
    """Trains one recipe into the folder `out` and returns its last validation figures.

    A run that was stopped goes on from its last checkpoint. The resolved recipe lies beside the weights.

    Args:
        library: folder of the library, for a recipe of composed clips.
        data: folder of the data set, for a recipe that names one; the model's classes are the set's.
        out: folder of the run. What runs share (pools, sounds, audio features) is kept in pool/ beside it.

    Raises: InputError where `out` holds a run of another recipe, or the data are not the recipe's.
    """
    source = source_of(recipe, library, data)
    if isinstance(source, Parts):
        recipe = with_classes_of(recipe, source.data.classes)
    settings = json.dumps(recipe.as_dict(), indent=2, sort_keys=True) + "\n"
    saved = out / "recipe.json"
    if saved.exists() and saved.read_text(encoding="utf-8") != settings:
        raise InputError(f"{out} holds a run of another recipe: choose another --out, or delete that folder")
    model = build_model(recipe)
    material = material_of(recipe, model, source, out.parent / "pool")
    freeze_stages(model.visual_encoder, recipe.training.frozen_stages)
    trained: nn.Module = model if recipe.task == "segmentation" else Tagger(model)
    if report is not None and material.remarks:
        report("\n".join(material.remarks))
    write_whole(saved, settings)  # now that nothing is wrong with it
    trainer = RavsTrainer(
        recipe=recipe.training,
        model=trained,
        args=training_arguments(recipe.training, out, material.best),
        data_collator=material.collate,
        validation_collator=material.collate_validation,
        train_dataset=material.training,
        eval_dataset=material.validation,
        compute_metrics=material.score,
        callbacks=[*material.callbacks, Strips(material, out / "strips")],
    )
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(out) if resume else None)
    figures = trainer.evaluate()
    trainer.save_model(str(out))
    write_whole(out / "figures.json", json.dumps(figures, indent=2) + "\n")
    if report is not None:
        report(f"{out}: " + ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))
    return figures


def source_of(recipe: Recipe, library: Path | None, data: Path | None) -> Path | Parts:
    """The library, or the parts of the set that the recipe names. Raises: InputError where the folder is not given."""
    if isinstance(recipe.data, SetRecipe):
        if data is None:
            raise InputError(f"this recipe trains on {recipe.data.set}: give --data, the folder of that set")
        return open_parts(recipe.data, data)
    if library is None:
        raise InputError("this recipe trains on composed clips: give --library, the folder of a library")
    return library


def material_of(recipe: Recipe, model: RavsModel, source: Path | Parts, cache: Path) -> Material:
    """Clips of a data set, or composed from a library. Raises: InputError as `train` does."""
    config = config_of(recipe)
    if isinstance(source, Parts):
        return set_material(recipe, config, model, source, cache)
    check_ears(config)
    return composed_material(recipe, config, source, cache)


def check_ears(config: RavsConfig) -> None:
    """Raises: InputError for a model that composed clips cannot teach to listen: they tell eight directions apart."""
    if config.audio_encoder != "logmel-cnn":
        raise InputError(f"audio_encoder is {config.audio_encoder!r}; composed clips train logmel-cnn alone")
    if config.audio_directions != DIRECTIONS:
        raise InputError(f"audio_directions is {config.audio_directions}; composed clips tell {DIRECTIONS} apart")


def last_whole_checkpoint(out: Path) -> str | None:
    """The newest checkpoint that was written to its end: the trainer's state is its last file but one."""
    whole = [path for path in out.glob("checkpoint-*") if (path / TRAINER_STATE_NAME).is_file()]
    return str(max(whole, key=lambda path: int(path.name.split("-")[1]))) if whole else None


def training_arguments(recipe: OptimiserRecipe, out: Path, best: str | None = None) -> TrainingArguments:
    """What the Trainer is told; every default that is not the field's is stated. `best` chooses the checkpoint."""
    when = "epoch" if recipe.evaluate_every is None else "steps"
    return TrainingArguments(
        output_dir=str(out),
        max_steps=recipe.steps or -1,
        num_train_epochs=recipe.epochs or 1,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=8,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=recipe.warmup_steps,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        seed=recipe.seed,
        data_seed=recipe.seed,
        eval_strategy=when,
        eval_steps=recipe.evaluate_every,
        save_strategy=when,
        save_steps=recipe.evaluate_every or 500,
        save_total_limit=2,
        metric_for_best_model=best,
        greater_is_better=None if best is None else True,
        load_best_model_at_end=best is not None,
        logging_steps=25,
        logging_nan_inf_filter=False,
        dataloader_num_workers=recipe.workers,
        dataloader_prefetch_factor=4 if recipe.workers else None,
        remove_unused_columns=False,  # names and times would be gone
        label_names=["masks", "sounding"],  # else there is neither loss nor metrics at evaluation
        batch_eval_metrics=True,  # else all masks are kept in memory
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to=[],
        disable_tqdm=True,
    )
