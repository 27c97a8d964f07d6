"""One run of an experiment: trained, evaluated, and kept as a small JSON file."""

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
from ravs.experiments import dataset_runs as on_sets
from ravs.experiments import library_runs as on_library
from ravs.experiments.table import ExperimentTable
from ravs.file_lock import locked
from ravs.files import drop_defaults, short_hash, write_atomic
from ravs.training import train
from ravs.training.callbacks.log import read_log
from ravs.training.run_folder.names import LOG, RUN

KEY_TRANSFORMERS_VERSION = "5.23.0"  # transformers' version in the keys: another one makes no other run
# keys of a configuration that came after the first results: no part of a run's key by default
LATER_KEYS: tuple[str, ...] = (
    *("sounding_weight", "hear_from", "outlines"),
    *("contrastive_form", "loss_weights_sum", "temporal"),
)


def kind_of(recipe: Recipe) -> ModuleType:
    """What knows how runs on such clips are trained, scored and kept: the room of data sets, or of a library."""
    return on_sets if isinstance(recipe.data, DatasetRecipe) else on_library


@dataclass(frozen=True)
class ExperimentRun:
    """A recipe whose result is kept under a key that follows from what differs from the defaults."""

    recipe: Recipe
    prepared: tuple[Recipe, ...] = ()  # of the runs that it starts from

    @cached_property
    def key(self) -> str:
        """Twelve digits: of the recipes' own values and of their models', so that rows of two tables share a run."""
        parts = [part for recipe in (self.recipe, *self.prepared) for part in decided_by(recipe)]
        return short_hash([*parts, *kind_of(self.recipe).decided_by(self.recipe)])

    @property
    def on_set(self) -> bool:
        """Whether it is trained on a data set, and not on composed clips."""
        return isinstance(self.recipe.data, DatasetRecipe)


class RunLabel(NamedTuple):
    """Where in a table a run's result stands."""

    row: str
    seed: int
    column: str = ""

    def __str__(self) -> str:
        """For people."""
        return ", ".join(word for word in (self.column, self.row, f"seed {self.seed}") if word)


def runs_of(table: ExperimentTable) -> dict[RunLabel, ExperimentRun]:
    """The run of each row, column and seed, every row's first seed first: a table that is broken off compares all rows.

    Raises: InputError for a recipe with a mistake, or for rows on composed clips beside rows on data sets.
    """
    prepared = table.prepared()
    runs = {}
    for seed in table.seeds:
        for column in table.settings:
            for row in table.rows:
                recipe = table.recipe(row, seed, column, check=resolve_config)
                runs[RunLabel(row.name, seed, column)] = ExperimentRun(recipe, starts_of(recipe, prepared))
    if len({run.on_set for run in runs.values()}) > 1:
        raise InputError(f"{table.path}: some rows train on composed clips and some on data sets; give each a table")
    return runs


def starts_of(recipe: Recipe, prepared: dict[str, Recipe]) -> tuple[Recipe, ...]:
    """Those of the prepared runs, by their folders' names, that a recipe starts from, or that these start from."""
    wanted, found = folders_of(recipe), []
    for name, one in reversed(prepared.items()):  # each may start from an earlier one
        if name in wanted:
            wanted |= folders_of(one)
            found.append(one)
    return tuple(reversed(found))


def folders_of(recipe: Recipe) -> set[str]:
    """Names on the paths of the weights that a recipe starts from."""
    sources = (recipe.initial, recipe.visual_weights, recipe.audio_weights, recipe.sight_weights)
    return {folder for source in sources if source is not None for folder in Path(source).parts}


def decided_by(recipe: Recipe) -> list[dict[str, Any]]:
    """What a run follows from, as far as it is not by default."""
    return [non_default_values(recipe), model_values(resolve_config(recipe))]


def model_values(config: RavsConfig) -> dict[str, Any]:
    """A configuration for a run's key: neither a new version of transformers nor a key that came later changes it."""
    usual = type(config)()
    values = config.to_diff_dict() | {"transformers_version": KEY_TRANSFORMERS_VERSION}
    return drop_defaults(values, {key: getattr(usual, key) for key in LATER_KEYS})


def non_default_values(record: Any) -> dict[str, Any]:
    """Values of a dataclass that are not its defaults: a key that is added later changes none of them."""
    usual, found = type(record)(), {}
    for entry in fields(record):
        value, default = getattr(record, entry.name), getattr(usual, entry.name)
        if is_dataclass(value):
            value, default = non_default_values(value), {}
        if value != default:
            found[entry.name] = value
    return found


def carry_out(run: ExperimentRun, *, source: Path, work: Path, results: Path) -> dict[str, Any]:
    """The result of a run, made if it is not there; what a broken run left goes on.

    Another process that is at the same run is waited for.

    Args:
        run: what is trained.
        source: library of cut-outs, sounds and backgrounds, or folder of data sets.
        work: folder of the runs' weights; checkpoints go when a run ends.
        results: folder of the results, one JSON file a run.
    """
    kept = results / f"{run.key}.json"
    work.mkdir(parents=True, exist_ok=True)
    with locked(work / f".{run.key}.result.lock"):
        if not kept.is_file():
            write_atomic(kept, json.dumps(made(run, source, work / run.key), indent=1) + "\n", sync=True)
    return read_result(kept)


def made(run: ExperimentRun, source: Path, folder: Path) -> dict[str, Any]:
    """Train and evaluate in a folder: what is kept of it."""
    start = time.monotonic()
    kind = kind_of(run.recipe)
    train(run.recipe, out=folder, **kind.folders(run.recipe, source))
    evaluated = evaluate(kind.order_of(run.recipe, source, folder))
    began = json.loads((folder / RUN).read_text(encoding="utf-8"))
    for checkpoint in folder.glob("checkpoint-*"):  # first: who finds a result comes here no more
        shutil.rmtree(checkpoint)
    return {
        "key": run.key,
        **kind.kept_of(evaluated),
        "data_sha256": evaluated["data_sha256"],  # of what was evaluated
        "parameters": read_log(folder / LOG)[0]["parameters"],
        "seconds": round(time.monotonic() - start),
        "versions": began["versions"],
        "git": began["git"],
        "recipe": asdict(run.recipe),
    }


def read_result(path: Path) -> dict[str, Any]:
    """A result that was kept."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def found(runs: Iterable[ExperimentRun], results: Path) -> list[dict[str, Any]]:
    """The results of those of the runs that are there."""
    paths = [results / f"{run.key}.json" for run in runs]
    return [read_result(path) for path in paths if path.is_file()]
