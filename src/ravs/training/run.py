"""One run: from a recipe to a folder with weights, figures and the recipe as it was resolved."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from transformers import TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from ravs.config import RavsConfig
from ravs.data.batches import Collator
from ravs.data.takes import Takes
from ravs.data.targets import DIRECTIONS
from ravs.data.training_clips import TrainingClips
from ravs.errors import InputError
from ravs.files import write_whole
from ravs.recipe import OptimiserRecipe, Recipe
from ravs.training.clips import clips_of
from ravs.training.scores import MaskScore, TagScore
from ravs.training.start import Tagger, build_model, config_of, freeze_stages
from ravs.training.trainer import NewEpoch, RavsTrainer


def train(
    recipe: Recipe, *, library: Path, out: Path, resume: bool = True, report: Callable[[str], None] | None = None
) -> dict[str, float]:
    """Trains one recipe into the folder `out` and returns its last validation figures.

    A run that was stopped goes on from its last checkpoint. The resolved recipe lies beside the weights.

    Raises: InputError where `out` holds a run of another recipe.
    """
    settings = json.dumps(recipe.as_dict(), indent=2, sort_keys=True) + "\n"
    saved = out / "recipe.json"
    if saved.exists() and saved.read_text(encoding="utf-8") != settings:
        raise InputError(f"{out} holds a run of another recipe: choose another --out, or delete that folder")
    model, config = build_model(recipe), config_of(recipe)
    check_ears(config)
    freeze_stages(model.visual_encoder, recipe.training.frozen_stages)
    trained: nn.Module = model if recipe.task == "segmentation" else Tagger(model)
    listening = {"tagging_only": recipe.task == "tagging", "muted": recipe.data.muted}
    training_clips, validation_clips = clips_of(recipe, library, out.parent / "pool")
    pooled = isinstance(training_clips, TrainingClips)
    collator = Collator(config, **listening, seconds=recipe.data.seconds, spoiled=True)
    write_whole(saved, settings)  # now that nothing is wrong with it
    trainer = RavsTrainer(
        recipe=recipe.training,
        model=trained,
        args=training_arguments(recipe.training, out),
        data_collator=collator.join if isinstance(training_clips, Takes) else collator,
        validation_collator=Collator(config, **listening, seconds=5, spoiled=False),
        train_dataset=training_clips,
        eval_dataset=validation_clips,
        compute_metrics=TagScore() if recipe.task == "tagging" else MaskScore(),
        callbacks=[NewEpoch(training_clips, recipe.data.renewed)] if pooled else None,
    )
    trainer.train(resume_from_checkpoint=last_whole_checkpoint(out) if resume else None)
    figures = trainer.evaluate()
    trainer.save_model(str(out))
    write_whole(out / "figures.json", json.dumps(figures, indent=2) + "\n")
    if report is not None:
        report(f"{out}: " + ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))
    return figures


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


def training_arguments(recipe: OptimiserRecipe, out: Path) -> TrainingArguments:
    """What the Trainer is told; every default that is not the field's is stated."""
    when = "epoch" if recipe.evaluate_every is None else "steps"
    return TrainingArguments(
        output_dir=str(out),
        max_steps=recipe.steps,
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
