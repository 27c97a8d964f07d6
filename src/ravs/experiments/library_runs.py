"""Runs on clips composed from a library: how a run is evaluated, and which results are kept."""

from pathlib import Path
from typing import Any

from ravs.config.recipe import ComposedDataRecipe, Recipe
from ravs.evaluation.job import EvaluationRequest
from ravs.evaluation.settings import EvaluationSettings

CLIPS = 100  # of each subset of the val sets: ss, ms, msmi, negative
SEED = 1  # of the val sets
SUBSETS = ("ss", "ms", "msmi")
SET_METRICS = {  # metrics of the complete set, by their names in the tables and in an evaluation
    "look-alike": "look_alike_sounding_j",
    "transition": "transition_sounding_j",
    "class right": "class_accuracy",
    "ece": "ece",
    "aurc": "aurc",
    "ece_uncertainty": "ece_uncertainty",
    "aurc_uncertainty": "aurc_uncertainty",
}


def key_parts(recipe: Recipe) -> list[Any]:
    """What a result depends on besides its recipe: the val sets."""
    return [CLIPS, SEED]


def data_arguments(recipe: Recipe, source: Path) -> dict[str, Path]:
    """What `train` needs to find the recipe's clips."""
    return {"library": source}


def evaluation_request(recipe: Recipe, source: Path, folder: Path) -> EvaluationRequest:
    """The evaluation on the val sets, the same for all runs of equal size and classes."""
    assert isinstance(recipe.data, ComposedDataRecipe)  # checked by callers
    return EvaluationRequest(
        model=str(folder),
        data=source,
        settings=EvaluationSettings(split="val", size=recipe.data.size, protocols="dataset"),
        out=folder / "evaluation",
        clips=CLIPS,
        seeds=(SEED,),
        workers=1,
    )


def kept_metrics(evaluated: dict[str, Any]) -> dict[str, Any]:
    """The part of an evaluation that is kept."""
    return {"figures": shown_metrics(evaluated)}


def shown_metrics(evaluated: dict[str, Any]) -> dict[str, float]:
    """The metrics of an evaluation that the tables show."""
    total = evaluated["protocols"]["dataset"]
    parts = {name: figures["dataset"] for name, figures in evaluated["subsets"].items()}
    shown = {name: parts[name]["sounding_jf"] for name in SUBSETS}
    shown["mean"] = sum(shown.values()) / len(SUBSETS)
    shown["classes"] = sum(parts[name]["jf_with_background"] for name in SUBSETS) / len(SUBSETS)
    shown |= {name: figures["marked"] for name, figures in parts.items() if name.startswith("negative")}
    shown |= {name: total.get(key) for name, key in SET_METRICS.items()}
    return {name: value for name, value in shown.items() if value is not None}  # None: there was no such frame
