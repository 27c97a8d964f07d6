"""What a run learns from and is judged by, whatever its clips come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainerCallback

from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import LabelledClip

NUM_SHOWN_CLIPS = 4  # validation clips that are drawn after each validation


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Clips, how they become batches, and how validation is scored."""

    training: Any  # data set
    validation: Any  # data set, or several by name
    collate: Callable[[list[Any]], dict[str, Any]]  # of training
    collate_validation: Callable[[list[Any]], dict[str, Any]]
    score: Any  # compute_metrics of Trainer, batch by batch
    best: str | None = None  # the validation figure by which the best checkpoint is chosen; None: the last one is kept
    callbacks: tuple[TrainerCallback, ...] = ()
    shown: tuple[LabelledClip, ...] = ()  # validation clips that are drawn after each validation
    processor: RavsProcessor | None = None  # for them
    record: dict[str, Any] = field(default_factory=dict)  # what the data were, with their hash: saved with the run
    remarks: tuple[str, ...] = ()  # what to know about them
