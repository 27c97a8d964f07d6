"""Checkpoints of a run: checked for completeness, found, and pruned."""

import json
import re
from pathlib import Path
from typing import Any

from transformers.trainer import TRAINER_STATE_NAME

from ravs.errors import ModelNotFoundError
from ravs.files import remove, sync_to_disk, write_atomic
from ravs.training.run_folder.names import MANIFEST

CHECKPOINT_NAME = re.compile(r"checkpoint-\d+")
KEEP_LAST = 2


def complete_checkpoints(out: Path) -> list[Path]:
    """The complete checkpoints of a run, oldest first."""
    return [path for path in all_checkpoints(out) if find_flaw(path) is None]


def all_checkpoints(out: Path) -> list[Path]:
    """The checkpoint folders of a run, including damaged ones, oldest first."""
    return sorted((path for path in out.glob("checkpoint-*") if CHECKPOINT_NAME.fullmatch(path.name)), key=step_of)


def write_manifest(checkpoint: Path) -> None:
    """Sync all files of a checkpoint to disk, then list their names and sizes."""
    files = sync_to_disk(checkpoint)
    sizes = {path.relative_to(checkpoint).as_posix(): path.stat().st_size for path in files}
    write_atomic(checkpoint / MANIFEST, json.dumps(sizes, indent=1) + "\n", sync=True)


def find_flaw(checkpoint: Path) -> str | None:
    """Why a run cannot resume from a checkpoint, in words; None where it can.

    The best checkpoint so far must be complete as well: its weights may be those that the run saves in the end.
    """
    if (flaw := find_file_flaw(checkpoint)) is not None:
        return flaw
    try:
        best = best_checkpoint(checkpoint)
    except (OSError, ValueError, TypeError):
        return f"{TRAINER_STATE_NAME} cannot be read"
    flaw = find_file_flaw(best) if best.is_dir() else "it is missing"
    return None if flaw is None else f"its best checkpoint, {best.name}: {flaw}"


def best_checkpoint(checkpoint: Path) -> Path:
    """The best checkpoint of the run when this one was written; itself where none is recorded."""
    step = read_trainer_state(checkpoint).get("best_global_step")
    return checkpoint if step is None else checkpoint.with_name(f"checkpoint-{step}")


def find_file_flaw(checkpoint: Path) -> str | None:
    """What is wrong with the files of a checkpoint. One of an earlier version has no manifest."""
    if not (checkpoint / TRAINER_STATE_NAME).is_file():
        return f"{TRAINER_STATE_NAME} is missing"
    path = checkpoint / MANIFEST
    try:
        sizes = dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    except (OSError, ValueError, TypeError):
        return f"{MANIFEST} cannot be read"
    for name, size in sizes.items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes, not {size}"
    return None


def check_complete(checkpoint: Path) -> None:
    """Raises: ModelNotFoundError where a checkpoint, which may have no manifest, lacks what training resumes from."""
    for pattern in ("optimizer*", "scheduler*", "rng_state*"):
        if not any(checkpoint.glob(pattern)):
            raise ModelNotFoundError(
                f"{checkpoint} has no {pattern}, without which a run cannot resume exactly: remove that folder, or "
                "start again with --no-resume"
            )


def remove_damaged(out: Path) -> list[str]:
    """Remove the damaged checkpoints after the last complete one, and return a line about each.

    Left in place, they might count as complete once the run has written its best checkpoint again.
    """
    last = last_complete_checkpoint(out)
    then = f"resuming from {last.name}" if last else "starting at the first step"
    newer = [path for path in all_checkpoints(out) if last is None or step_of(path) > step_of(last)]
    lines = [f"{path} is damaged ({find_flaw(path)}): {then}" for path in newer]
    remove_checkpoints(newer)
    return lines


def remove_checkpoints(checkpoints: list[Path]) -> None:
    """Remove checkpoints, newest first, and of each its state file first: none resumes from half a checkpoint."""
    for path in reversed(checkpoints):
        remove(path / TRAINER_STATE_NAME)
        remove(path)


def last_complete_checkpoint(out: Path) -> Path | None:
    """The newest complete checkpoint; None if there is none."""
    return next(reversed(complete_checkpoints(out)), None)


def read_trainer_state(checkpoint: Path) -> dict[str, Any]:
    """The trainer's state in a checkpoint."""
    return dict(json.loads((checkpoint / TRAINER_STATE_NAME).read_text(encoding="utf-8")))


def is_final(checkpoint: Path) -> bool:
    """Whether a checkpoint was written after the last step of its run."""
    state = read_trainer_state(checkpoint)
    return bool(state["global_step"] >= state["max_steps"])


def step_of(checkpoint: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(checkpoint.name.rpartition("-")[2])


def prune_checkpoints(out: Path) -> None:
    """Remove all checkpoints except the newest complete ones and their best ones."""
    if newest := complete_checkpoints(out)[-KEEP_LAST:]:
        needed = {*newest, *map(best_checkpoint, newest)}
        older = [path for path in all_checkpoints(out) if step_of(path) < step_of(newest[-1])]
        remove_checkpoints([path for path in older if path not in needed])
