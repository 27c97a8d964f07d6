"""The validation figures of a run: found for the weights that are saved, written last, read where the run is done."""

import json
from pathlib import Path

from ravs.config.recipe import Recipe
from ravs.files import write_atomic
from ravs.training.data.unreadable_clips import read_unreadable
from ravs.training.run_folder.record import RECIPE, check_same_recipe
from ravs.training.trainer.trainer import RavsTrainer

WEIGHTS = "model.safetensors"
FIGURES = "figures.json"  # written last: a run that has it is done
TIMING_SUFFIXES = ("_runtime", "_per_second")  # ends of names that are about the machine


def metrics_if_done(out: Path, recipe: Recipe) -> dict[str, float] | None:
    """The figures of a run that was done, else None. Raises: InputError where `out` holds one of another recipe."""
    check_same_recipe(out, recipe)
    if not all((out / name).exists() for name in (RECIPE, FIGURES, WEIGHTS)):
        return None
    figures: dict[str, float] = json.loads((out / FIGURES).read_text(encoding="utf-8"))
    return figures


def final_metrics(trainer: RavsTrainer) -> dict[str, float]:
    """The validation figures of the weights that are saved: those logged at their step, or else found now."""
    best = trainer.state.best_global_step if trainer.args.load_best_model_at_end else None
    step = best or trainer.state.global_step
    found: dict[str, float] = {}
    for record in trainer.state.log_history:
        if record["step"] == step and any(key.startswith("eval_") for key in record):
            found |= {key: value for key, value in record.items() if key != "step"}
    found = found or trainer.evaluate()
    left_out = len(read_unreadable(trainer.clips.path))
    return found | ({"unreadable_clips": left_out} if left_out else {})


def write_metrics(out: Path, figures: dict[str, float]) -> None:
    """As JSON into a run's folder: from now on the run is done."""
    write_atomic(out / FIGURES, json.dumps(figures, indent=2) + "\n", sync=True)


def format_metrics(figures: dict[str, float]) -> str:
    """One line of them, without what tells of the machine."""
    return ", ".join(f"{key} {value:.4f}" for key, value in figures.items() if not key.endswith(TIMING_SUFFIXES))
