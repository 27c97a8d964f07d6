"""The log of a run: log.jsonl, one record a line, readable at any moment; and optional trackers."""

import json
import sys
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.errors import InputError
from ravs.files import write_atomic
from ravs.training.run_folder.names import LOG

TRACKERS = ("tensorboard", "wandb", "trackio")


class JsonlLog(TrainerCallback):
    """Writes a run's records, in the first process only. A run that resumes drops those after its checkpoint.

    Each record has its step and the peak memory so far, in MB of the GPU or, without one, of the process.
    """

    def __init__(self, out: Path, setup: dict[str, Any]) -> None:
        """`setup` is written to the first record, and again where the run resumed."""
        self.path = out / LOG
        self.setup = setup

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Truncate the log to the steps of the checkpoint, and record the start."""
        if state.is_world_process_zero:
            truncate_log(self.path, state.global_step)
            self.write({"event": "resume" if state.global_step else "start", "step": state.global_step, **self.setup})

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: Any, logs: Any = None, **kwargs: Any
    ) -> None:
        """Write one record."""
        if state.is_world_process_zero:
            self.write({"step": state.global_step, **logs})

    def write(self, record: dict[str, Any]) -> None:
        """Append a line and flush it. NaN and infinity become null, since JSON has neither."""
        known = {
            key: None if isinstance(value, float) and not isfinite(value) else value for key, value in record.items()
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known | {"peak_memory_mb": peak_memory_mb()}) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """The records of a log, without a truncated last line, as a killed process leaves it."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records


def truncate_log(path: Path, step: int) -> None:
    """Keep the records up to a step; the file is replaced atomically."""
    records = [record for record in read_log(path) if record["step"] <= step] if step else []
    write_atomic(path, "".join(json.dumps(record) + "\n" for record in records))


def peak_memory_mb() -> int | None:
    """Peak memory of the GPU or, without one, of this process, in MB. None where it is unknown."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated() >> 20)
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10  # bytes there, kilobytes elsewhere


def check_trackers(names: tuple[str, ...]) -> None:
    """Raises: InputError for a name that is not a tracker, ModuleNotFoundError for one that is not installed."""
    for name in names:
        if name not in TRACKERS:
            raise InputError(
                f"--log {name}: no such tracker; there are {', '.join(TRACKERS)} (log.jsonl is always written)"
            )
        import_module(name)
