"""The validation metrics of a finished run (figures.json): written, read, and formatted."""

import json
from pathlib import Path

from ravs.config.recipe import Recipe
from ravs.files import write_atomic
from ravs.training.run_folder.names import METRICS, RECIPE, WEIGHTS
from ravs.training.run_folder.record import check_same_recipe

TIMING_SUFFIXES = ("_runtime", "_per_second")  # of metrics that depend on the machine


def metrics_if_done(out: Path, recipe: Recipe) -> dict[str, float] | None:
    """The metrics of a finished run, else None. Raises: InputError where `out` holds a run of another recipe."""
    check_same_recipe(out, recipe)
    if not all((out / name).exists() for name in (RECIPE, METRICS, WEIGHTS)):
        return None
    metrics: dict[str, float] = json.loads((out / METRICS).read_text(encoding="utf-8"))
    return metrics


def write_metrics(out: Path, metrics: dict[str, float]) -> None:
    """Write the metrics into a run's folder, which marks it as done."""
    write_atomic(out / METRICS, json.dumps(metrics, indent=2) + "\n", sync=True)


def format_metrics(metrics: dict[str, float]) -> str:
    """The metrics as one line, without those that depend on the machine."""
    return ", ".join(f"{key} {value:.4f}" for key, value in metrics.items() if not key.endswith(TIMING_SUFFIXES))
