"""Training data of a run: clips, collators and scores, whatever the clips come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from transformers import TrainerCallback

from ravs.config.recipe import Recipe
from ravs.inference.processor import RavsProcessor
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.structures.clip import LabelledClip

NUM_SHOWN_CLIPS = 4


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Clips, their collators, and how validation is scored."""

    training: Any  # Dataset
    validation: Any  # Dataset, or several by name
    collate: Callable[[list[Any]], dict[str, Any]]  # of training
    collate_validation: Callable[[list[Any]], dict[str, Any]]
    score: Any  # compute_metrics of Trainer, batch by batch
    best_metric: str | None = None  # the validation metric that selects the best checkpoint; None: the last one is kept
    callbacks: tuple[TrainerCallback, ...] = ()
    shown: tuple[LabelledClip, ...] = ()  # validation clips that are drawn after each validation
    processor: RavsProcessor | None = None  # for the shown clips
    record: dict[str, Any] = field(default_factory=dict)  # of the data, with their hash; saved with the run
    remarks: tuple[str, ...] = ()  # about the data, for the console


def untrained_audio_warning(recipe: Recipe, encoder: nn.Module) -> tuple[str, ...]:
    """A warning for a frozen audio encoder without pre-trained weights."""
    if not isinstance(encoder, FrozenEncoder) or recipe.audio_weights is not None or recipe.initial is not None:
        return ()
    return ("warning: the audio encoder is frozen and its weights are random: give the authors' file, audio_weights",)
