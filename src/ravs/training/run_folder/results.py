"""The validation figures of a run: found for the weights that are saved, written last, read where the run is done."""

import json
from pathlib import Path

from ravs.config.recipe import Recipe
from ravs.files import write_atomic
from ravs.training.run_folder.names import FIGURES, RECIPE, WEIGHTS
from ravs.training.run_folder.record import check_same_recipe

TIMING_SUFFIXES = ("_runtime", "_per_second")  # ends of names that are about the machine


def metrics_if_done(out: Path, recipe: Recipe) -> dict[str, float] | None:
    """The figures of a run that was done, else None. Raises: InputError where `out` holds one of another recipe."""
    check_same_recipe(out, recipe)
    if not all((out / name).exists() for name in (RECIPE, FIGURES, WEIGHTS)):
        return None
    figures: dict[str, float] = json.loads((out / FIGURES).read_text(encoding="utf-8"))
    return figures


def write_metrics(out: Path, figures: dict[str, float]) -> None:
    """As JSON into a run's folder: from now on the run is done."""
    write_atomic(out / FIGURES, json.dumps(figures, indent=2) + "\n", sync=True)


def format_metrics(figures: dict[str, float]) -> str:
    """One line of them, without what tells of the machine."""
    return ", ".join(f"{key} {value:.4f}" for key, value in figures.items() if not key.endswith(TIMING_SUFFIXES))
