"""One run of an experiment: trained, evaluated on the val sets, and kept as a small JSON file."""

import json
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from ravs.config import RavsConfig
from ravs.evaluation.job import Order, evaluate
from ravs.evaluation.setting import Setting
from ravs.experiments.table import Table
from ravs.files import key_of, write_whole
from ravs.recipe import DataRecipe, Recipe
from ravs.training import train
from ravs.training.start import build_model, config_of

CLIPS = 100  # of each subset of the val sets: ss, ms, msmi, negative
SEED = 1  # of the val sets
SUBSETS = ("ss", "ms", "msmi")
OF_ALL = {  # figures of the whole set, by their names in the tables and in an evaluation
    "look-alike": "look_alike_sounding_j",
    "transition": "transition_sounding_j",
    "class right": "class_accuracy",
    "ece": "ece",
    "aurc": "aurc",
    "ece_uncertainty": "ece_uncertainty",
    "aurc_uncertainty": "aurc_uncertainty",
}
KEYED_WITH = "5.23.0"  # transformers' version in the keys: another one makes no other run
# keys of a configuration that came after the first results: no part of a run's key by default
LATER: tuple[str, ...] = (
    *("sounding_weight", "hear_from", "outlines"),
    *("contrastive_form", "loss_weights_sum", "temporal"),
)


@dataclass(frozen=True)
class Run:
    """A recipe whose result is kept under a key that follows from what differs from the defaults."""

    recipe: Recipe
    prepared: tuple[Recipe, ...] = ()  # of the runs that it starts from

    @property
    def key(self) -> str:
        """Twelve digits: of the recipes' own values and of their models', so that rows of two tables share a run."""
        parts = [part for recipe in (self.recipe, *self.prepared) for part in decided_by(recipe)]
        return key_of([*parts, CLIPS, SEED])


def runs_of(table: Table) -> dict[tuple[str, int], Run]:
    """The run of each row and seed, every row's first seed first: a table that is broken off compares all rows."""
    prepared = table.prepared()
    recipes = {(row.name, seed): table.recipe(row, seed) for seed in table.seeds for row in table.rows}
    return {which: Run(recipe, starts_of(recipe, prepared)) for which, recipe in recipes.items()}


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
    return [own_values(recipe), model_values(config_of(recipe))]


def model_values(config: RavsConfig) -> dict[str, Any]:
    """A configuration for a run's key: neither a new version of transformers nor a key that came later changes it."""
    usual = type(config)()
    values = config.to_diff_dict() | {"transformers_version": KEYED_WITH}
    return {name: value for name, value in values.items() if name not in LATER or value != getattr(usual, name)}


def own_values(record: Any) -> dict[str, Any]:
    """Values of a dataclass that are not its defaults: a key that is added later changes none of them."""
    usual, found = type(record)(), {}
    for entry in fields(record):
        value, default = getattr(record, entry.name), getattr(usual, entry.name)
        if is_dataclass(value):
            value, default = own_values(value), {}
        if value != default:
            found[entry.name] = value
    return found


def carry_out(run: Run, *, library: Path, work: Path, results: Path) -> dict[str, Any]:
    """The result of a run, made if it is not there; what a broken run left goes on.

    Another process that is at the same run is waited for.

    Args:
        run: what is trained.
        library: of cut-outs, sounds and backgrounds.
        work: folder of the runs' weights; checkpoints go when a run ends.
        results: folder of the results, one JSON file a run.
    """
    kept = results / f"{run.key}.json"
    work.mkdir(parents=True, exist_ok=True)
    with FileLock(work / f".{run.key}.result.lock"):
        if not kept.is_file():
            write_whole(kept, json.dumps(made(run, library, work / run.key), indent=1) + "\n", lasting=True)
    return read_result(kept)


def made(run: Run, library: Path, folder: Path) -> dict[str, Any]:
    """Train and evaluate in a folder: what is kept of it."""
    start = time.monotonic()
    train(run.recipe, library=library, out=folder)
    evaluated = evaluate(order_of(run, library, folder))
    began = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    for checkpoint in folder.glob("checkpoint-*"):  # first: who finds a result comes here no more
        shutil.rmtree(checkpoint)
    return {
        "key": run.key,
        "figures": figures_of(evaluated),
        "data_sha256": evaluated["data_sha256"],  # of the val sets
        "parameters": sum(parameter.numel() for parameter in build_model(run.recipe).parameters()),
        "seconds": round(time.monotonic() - start),
        "versions": began["versions"],
        "git": began["git"],
        "recipe": asdict(run.recipe),
    }


def order_of(run: Run, library: Path, folder: Path) -> Order:
    """The evaluation on the val sets, the same for all runs of a size and its classes."""
    assert isinstance(run.recipe.data, DataRecipe)  # the table promises it
    return Order(
        model=str(folder),
        data=library,
        setting=Setting(split="val", size=run.recipe.data.size, protocols="dataset"),
        out=folder / "evaluation",
        clips=CLIPS,
        seeds=(SEED,),
        workers=1,
    )


def figures_of(evaluated: dict[str, Any]) -> dict[str, float]:
    """What the tables show, of all that an evaluation found."""
    whole = evaluated["protocols"]["dataset"]
    parts = {name: figures["dataset"] for name, figures in evaluated["subsets"].items()}
    shown = {name: parts[name]["sounding_jf"] for name in SUBSETS}
    shown["mean"] = sum(shown.values()) / len(SUBSETS)
    shown["classes"] = sum(parts[name]["jf_with_background"] for name in SUBSETS) / len(SUBSETS)
    shown |= {name: figures["marked"] for name, figures in parts.items() if name.startswith("negative")}
    shown |= {name: whole.get(key) for name, key in OF_ALL.items()}
    return {name: value for name, value in shown.items() if value is not None}  # None: there was no such frame


def read_result(path: Path) -> dict[str, Any]:
    """A result that was kept."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def found(runs: Iterable[Run], results: Path) -> list[dict[str, Any]]:
    """The results of those of the runs that are there."""
    paths = [results / f"{run.key}.json" for run in runs]
    return [read_result(path) for path in paths if path.is_file()]
