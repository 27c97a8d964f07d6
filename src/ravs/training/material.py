"""What a run learns from and is judged by, whatever its clips come from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.clip import LabelledClip
from ravs.processing import RavsProcessor
from ravs.training.epochs import epoch_of

SHOWN = 4  # validation clips that are drawn after each validation


@dataclass(frozen=True, kw_only=True)
class Material:
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


class NextEpoch(TrainerCallback):
    """Tells clips, before the loader's workers start, which epoch it is: they change with it."""

    def __init__(self, clips: Any) -> None:
        self.clips = clips

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """After a stop in the middle of an epoch, that epoch again."""
        self.clips.set_epoch(epoch_of(state))
