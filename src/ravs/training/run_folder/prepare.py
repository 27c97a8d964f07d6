"""Prepares the folder of a run: new, resumed or cleared, never one that is not a run's."""

from pathlib import Path
from typing import Any

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.files import remove
from ravs.training.run_folder.checkpoints import all_checkpoints, remove_checkpoints, remove_damaged
from ravs.training.run_folder.names import LOG, METRICS, RECIPE, RUN, UNREADABLE, VALIDATION_IMAGES, WEIGHTS, WRITING
from ravs.training.run_folder.record import write_record


def prepare_run_folder(out: Path, recipe: Recipe, data: dict[str, Any], *, resume: bool) -> list[str]:
    """Prepare the folder of a run and write its records; returns a line about each damaged checkpoint it removed.

    Unless the run resumes, the folder is cleared.

    Raises: InputError where it holds a run on other data, or files that are not a run's.
    """
    if not resume:
        clear_run_folder(out)
    if not (out / RECIPE).exists():
        for path in (*all_checkpoints(out), out / METRICS, out / WEIGHTS):
            if path.exists():
                raise InputError(f"{out} holds {path.name} of an unknown run: choose another --out")
    write_record(out, recipe, data)
    return remove_damaged(out)


def clear_run_folder(out: Path) -> None:
    """Remove what an earlier run left in this folder: checkpoints, weights, metrics and log.

    The recipe goes last: without it the rest would be taken for files that are not a run's.
    """
    if not (out / RECIPE).exists():
        return
    remove_checkpoints(all_checkpoints(out))
    for name in (WRITING, METRICS, WEIGHTS, LOG, UNREADABLE, VALIDATION_IMAGES, RUN, RECIPE):
        remove(out / name)
