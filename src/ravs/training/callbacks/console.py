"""What the console says while a run goes on: a line at its start, at each record of the log, at each validation."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

TRAINING_KEYS = {"loss": "loss", "learning_rate": "rate"}  # of a record; the others are in log.jsonl
VALIDATION_SUFFIXES = ("loss", "jf", "j", "marked", "class", "recall", "precision")  # ends of a validation's figures


class ConsoleLog(TrainerCallback):
    """In the first process, in place of transformers' printed records."""

    def __init__(self, out: Path, setting: dict[str, Any], report: Callable[[str], None] | None) -> None:
        """`setting` as the log's first record has it. Without `report` nothing is said."""
        self.out = out
        self.setting = setting
        self.report = report

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Where, on what, and from which step on."""
        went = f"goes on after step {state.global_step}" if state.global_step else "starts"
        self._say(
            f"{self.out} {went}: {state.max_steps} steps of {self.setting['batch_size']} clips, "
            f"{self.setting['device']}, {self.setting['precision']}, processes: {self.setting['processes']}"
        )

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: Any, logs: Any = None, **kwargs: Any
    ) -> None:
        """The step and its loss, or a subset's figures."""
        if told := format_record(logs or {}):
            self._say(f"step {state.global_step}/{state.max_steps} {told}")

    def _say(self, line: str) -> None:
        if self.report is not None:
            self.report(line)


def format_record(record: dict[str, Any]) -> str:
    """The main figures of a record; empty where it has none."""
    if "loss" in record:
        return ", ".join(f"{name} {record[key]:.4g}" for key, name in TRAINING_KEYS.items() if key in record)
    figures = {key: value for key, value in record.items() if key.startswith("eval_") and is_shown(key)}
    return ", ".join(f"{key} {value:.3f}" for key, value in figures.items() if isfinite(value))


def is_shown(key: str) -> bool:
    """Whether a figure of a validation is one that is shown."""
    return key.rpartition("_")[2] in VALIDATION_SUFFIXES
