"""A run of an experiment: trains and evaluates a recipe, and keeps the result as a small JSON file."""

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ravs.config import RavsConfig
from ravs.config.recipe import DatasetRecipe, Recipe, resolve_config
from ravs.errors import InputError
from ravs.evaluation.job import evaluate
from ravs.experiments import dataset_runs, library_runs
from ravs.experiments.table import ExperimentTable
from ravs.file_lock import locked
from ravs.files import drop_defaults, short_hash, write_atomic
from ravs.training import train
from ravs.training.callbacks.log import read_log
from ravs.training.run_folder.names import LOG, RUN

KEY_TRANSFORMERS_VERSION = "5.23.0"  # version of transformers in the keys, so that a newer one does not change them
# configuration keys added after the first results: left out of a run's key at their defaults
LATER_KEYS: tuple[str, ...] = (
    *("sounding_weight", "hear_from", "outlines"),
    *("contrastive_form", "loss_weights_sum", "temporal", "names", "silence_below_db"),
)


def runs_module(recipe: Recipe) -> ModuleType:
    """The module that trains, evaluates and keeps runs on such clips: that of data sets, or of a library."""
    return dataset_runs if isinstance(recipe.data, DatasetRecipe) else library_runs


@dataclass(frozen=True)
class ExperimentRun:
    """A recipe, whose result is kept under a key derived from its non-default values."""

    recipe: Recipe
    prepared: tuple[Recipe, ...] = ()  # recipes of the runs that it starts from

    @cached_property
    def key(self) -> str:
        """Twelve hex digits, derived from recipes and models, so that rows of two tables share a run."""
        parts = [part for recipe in (self.recipe, *self.prepared) for part in model_key_parts(recipe)]
        return short_hash([*parts, *runs_module(self.recipe).key_parts(self.recipe)])

    @property
    def on_set(self) -> bool:
        """Whether it is trained on a data set, and not on composed clips."""
        return isinstance(self.recipe.data, DatasetRecipe)


class RunLabel(NamedTuple):
    """The position of a run in a table."""

    row: str
    seed: int
    column: str = ""

    def __str__(self) -> str:
        """In words."""
        return ", ".join(word for word in (self.column, self.row, f"seed {self.seed}") if word)


def runs_of(table: ExperimentTable) -> dict[RunLabel, ExperimentRun]:
    """The run of each row, column and seed; the first seed of every row first, so that partial tables compare all rows.

    Raises: InputError for an invalid recipe, or for rows on composed clips beside rows on data sets.
    """
    prepared = table.prepared()
    runs = {}
    for seed in table.seeds:
        for column in table.settings:
            for row in table.rows:
                recipe = table.recipe(row, seed, column, check=resolve_config)
                runs[RunLabel(row.name, seed, column)] = ExperimentRun(recipe, prepared_recipes(recipe, prepared))
    if len({run.on_set for run in runs.values()}) > 1:
        raise InputError(f"{table.path}: some rows train on composed clips and some on data sets; give each a table")
    return runs


def prepared_recipes(recipe: Recipe, prepared: dict[str, Recipe]) -> tuple[Recipe, ...]:
    """The prepared runs that a recipe starts from, directly or through others, found by folder name."""
    wanted, found = weight_folders(recipe), []
    for name, one in reversed(prepared.items()):  # each may start from an earlier one
        if name in wanted:
            wanted |= weight_folders(one)
            found.append(one)
    return tuple(reversed(found))


def weight_folders(recipe: Recipe) -> set[str]:
    """Names of all folders on the paths of the weights that a recipe starts from."""
    sources = (recipe.initial, recipe.visual_weights, recipe.audio_weights, recipe.sight_weights)
    return {folder for source in sources if source is not None for folder in Path(source).parts}


def model_key_parts(recipe: Recipe) -> list[dict[str, Any]]:
    """The non-default values that a run depends on."""
    return [non_default_values(recipe), model_values(resolve_config(recipe))]


def model_values(config: RavsConfig) -> dict[str, Any]:
    """A configuration for a run's key, which neither a new version of transformers nor a later key changes."""
    usual = type(config)()
    values = config.to_diff_dict() | {"transformers_version": KEY_TRANSFORMERS_VERSION}
    return drop_defaults(values, {key: getattr(usual, key) for key in LATER_KEYS})


def non_default_values(record: Any) -> dict[str, Any]:
    """Non-default values of a dataclass, which a key that is added later does not change."""
    usual, found = type(record)(), {}
    for entry in fields(record):
        value, default = getattr(record, entry.name), getattr(usual, entry.name)
        if is_dataclass(value):
            value, default = non_default_values(value), {}
        if value != default:
            found[entry.name] = value
    return found


def result_of(run: ExperimentRun, *, source: Path, work: Path, results: Path) -> dict[str, Any]:
    """The result of a run, computed if it does not exist yet; an interrupted run resumes.

    Waits for another process that computes the same run.

    Args:
        run: the run.
        source: library of cut-outs, sounds and backgrounds, or folder of data sets.
        work: folder of the runs' weights; checkpoints are deleted when a run ends.
        results: folder of the results, one JSON file per run.
    """
    kept = results / f"{run.key}.json"
    work.mkdir(parents=True, exist_ok=True)
    with locked(work / f".{run.key}.result.lock"):
        if not kept.is_file():
            write_atomic(kept, json.dumps(train_and_evaluate(run, source, work / run.key), indent=1) + "\n", sync=True)
    return read_result(kept)


def train_and_evaluate(run: ExperimentRun, source: Path, folder: Path) -> dict[str, Any]:
    """Train and evaluate a run in a folder, and return the result to keep."""
    start = time.monotonic()
    module = runs_module(run.recipe)
    train(run.recipe, out=folder, **module.data_arguments(run.recipe, source))
    evaluated = evaluate(module.evaluation_request(run.recipe, source, folder))
    began = json.loads((folder / RUN).read_text(encoding="utf-8"))
    for checkpoint in folder.glob("checkpoint-*"):  # now, since a run with a result never returns here
        shutil.rmtree(checkpoint)
    return {
        "key": run.key,
        **module.kept_metrics(evaluated),
        "data_sha256": evaluated["data_sha256"],  # of what was evaluated
        "parameters": read_log(folder / LOG)[0]["parameters"],
        "seconds": round(time.monotonic() - start),
        "versions": began["versions"],
        "git": began["git"],
        "recipe": asdict(run.recipe),
    }


def read_result(path: Path) -> dict[str, Any]:
    """Read a kept result."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def kept_results(runs: Iterable[ExperimentRun], results: Path) -> list[dict[str, Any]]:
    """The existing results of these runs."""
    paths = [results / f"{run.key}.json" for run in runs]
    return [read_result(path) for path in paths if path.is_file()]
