"""The optimizer of a recipe, its parameter groups, schedule and precision."""

from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from ravs.config.recipe import OptimizerRecipe
from ravs.training.initialize import AudioTagger

ENCODER_PREFIXES = ("visual_encoder.", "audio_encoder.")
POLY_POWER = 0.9  # as in CAVP and DeepLab


def build_optimizer(model: nn.Module, recipe: OptimizerRecipe) -> Optimizer:
    """AdamW, Adam or SGD; the learning rate of each group follows the schedule."""
    groups = parameter_groups(model, recipe)
    if recipe.optimiser == "sgd":
        return SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, fused=True)
    kind = AdamW if recipe.optimiser == "adamw" else Adam
    return kind(groups, lr=recipe.learning_rate, fused=True)


def parameter_groups(model: nn.Module, recipe: OptimizerRecipe) -> list[dict[str, Any]]:
    """Trainable parameters grouped by (encoder or not, matrix or vector), each with learning rate and weight decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            in_encoder = name.startswith(ENCODER_PREFIXES) and not isinstance(model, AudioTagger)
            groups.setdefault((in_encoder, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": recipe.learning_rate * (recipe.encoder_rate if in_encoder else 1.0),
            "weight_decay": recipe.weight_decay if matrix else 0.0,
        }
        for (in_encoder, matrix), parameters in groups.items()
    ]


def scheduler_arguments(recipe: OptimizerRecipe) -> dict[str, Any]:
    """The schedule as arguments of TrainingArguments."""
    floor = recipe.rate_floor
    name, settings = {
        "cosine": ("cosine_with_min_lr", {"min_lr_rate": floor}) if floor else ("cosine", {}),
        "constant": ("constant_with_warmup", {}),
        "poly": ("polynomial", {"power": POLY_POWER, "lr_end": floor * recipe.learning_rate}),
    }[recipe.schedule]
    warmup: int | float = recipe.warmup_steps
    if recipe.warmup_epochs is not None and recipe.epochs is not None:
        warmup = recipe.warmup_epochs / recipe.epochs  # below 1, a share of all steps
    return {"lr_scheduler_type": name, "lr_scheduler_kwargs": settings, "warmup_steps": warmup}


def precision_arguments(recipe: OptimizerRecipe) -> dict[str, bool]:
    """The precision as arguments of TrainingArguments; `auto` is bf16 on a GPU that supports it in hardware."""
    has_bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    wanted = ("bf16" if has_bf16 else "fp32") if recipe.precision == "auto" else recipe.precision
    return {"bf16": wanted == "bf16", "fp16": wanted == "fp16"}
