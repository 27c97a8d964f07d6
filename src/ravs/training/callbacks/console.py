"""Console output of a run: a line at its start, at each record of the log, at each validation."""

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerState, TrainingArguments

TRAINING_KEYS = {"loss": "loss", "learning_rate": "rate"}  # shown of a record; the others are in log.jsonl
VALIDATION_SUFFIXES = ("loss", "jf", "j", "marked", "class", "recall", "precision")  # shown of a validation


class ConsoleLog(TrainerCallback):
    """Reports lines in the first process, in place of transformers' printed records."""

    def __init__(self, out: Path, setup: dict[str, Any], report: Callable[[str], None] | None) -> None:
        """`setup` as in the log's first record. Without `report` nothing is reported."""
        self.out = out
        self.setup = setup
        self.report = report

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Report the folder, the setup and the first step."""
        began = f"resumes after step {state.global_step}" if state.global_step else "starts"
        self._report(
            f"{self.out} {began}: {state.max_steps} steps of {self.setup['batch_size']} clips, "
            f"{self.setup['device']}, {self.setup['precision']}, processes: {self.setup['processes']}"
        )

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: Any, logs: Any = None, **kwargs: Any
    ) -> None:
        """Report the step with its loss, or the metrics of a subset."""
        if line := format_record(logs or {}):
            self._report(f"step {state.global_step}/{state.max_steps} {line}")

    def _report(self, line: str) -> None:
        if self.report is not None:
            self.report(line)


def format_record(record: dict[str, Any]) -> str:
    """The main values of a record as text; empty where it has none."""
    if "loss" in record:
        return ", ".join(f"{name} {record[key]:.4g}" for key, name in TRAINING_KEYS.items() if key in record)
    metrics = {key: value for key, value in record.items() if key.startswith("eval_") and is_shown(key)}
    return ", ".join(f"{key} {value:.3f}" for key, value in metrics.items() if isfinite(value))


def is_shown(key: str) -> bool:
    """Whether a validation metric is shown."""
    return key.rpartition("_")[2] in VALIDATION_SUFFIXES
