"""The folder of a run: begun, gone on with or emptied, and never one that is somebody else's."""

from pathlib import Path

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.files import remove
from ravs.training.data.training_data import TrainingData
from ravs.training.run_folder.checkpoints import all_checkpoints, remove_checkpoints, remove_damaged
from ravs.training.run_folder.names import FIGURES, LOG, RECIPE, RUN, STRIPS, UNREADABLE, WEIGHTS, WRITING
from ravs.training.run_folder.record import write_record


def prepare_run_folder(out: Path, recipe: Recipe, material: TrainingData, *, resume: bool) -> list[str]:
    """The folder of a run, empty unless it goes on, with what it is made with; and what there is to say.

    Raises: InputError where it holds a run on other data, or what is no run's.
    """
    if not resume:
        clear_run_folder(out)
    if not (out / RECIPE).exists():
        for path in (*all_checkpoints(out), out / FIGURES, out / WEIGHTS):
            if path.exists():
                raise InputError(f"{out} holds {path.name} of no run that is known: choose another --out")
    write_record(out, recipe, material.record)
    return [*remove_damaged(out), *material.remarks]


def clear_run_folder(out: Path) -> None:
    """Removes what an earlier run into this folder has left, if one has: checkpoints, weights, figures and log.

    The recipe goes last: without it what is left would be taken for somebody else's.
    """
    if not (out / RECIPE).exists():
        return
    remove_checkpoints(all_checkpoints(out))
    for name in (WRITING, FIGURES, WEIGHTS, LOG, UNREADABLE, STRIPS, RUN, RECIPE):
        remove(out / name)
