"""Runs on data sets: where each set lies, how a run is evaluated, and which results are kept."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ravs.config.recipe import DatasetRecipe, Recipe
from ravs.data.datasets.avsbench_object import MS3_METADATA, S4_METADATA
from ravs.data.datasets.avsbench_semantic import open_avsbench_semantic
from ravs.data.datasets.find_dataset import OPENERS
from ravs.data.datasets.metadata import find_folders_with
from ravs.data.datasets.vpo import VPO_METADATA_FILES as VPO_TABLES
from ravs.errors import InputError
from ravs.evaluation.job import EvaluationRequest
from ravs.evaluation.settings import EvaluationSettings
from ravs.training.data.splits import SUBSETS, open_splits

SIZE = 224  # of the scored masks (paper, section 4.1; every published protocol but CPM's)
PER_DATASET = "ddeseg"  # the paper's own protocol, by its authors' code
PER_FRAME = ("avsbench", "avss")  # of binary sets, of semantic sets


def sets_in(root: Path, recipes: Iterable[DatasetRecipe]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which of the recipes' data sets a folder has, and a line for each missing one.

    Raises: InputError, NoMatchError if it has none of them, or for one that is present but invalid.
    """
    present, absent = set(), {}
    for recipe in recipes:
        try:
            open_splits(recipe, dataset_folder(root, recipe))
            present.add(recipe.set)
        except InputError as error:
            if _set_folders(root, recipe):
                raise
            absent[recipe.set] = error
    if not present and absent:
        raise next(iter(absent.values()))
    return frozenset(present), tuple(f"{name} is left out: {error}" for name, error in absent.items())


def dataset_folder(root: Path, recipe: DatasetRecipe) -> Path:
    """The folder of a data set within one that may hold several; VPO's parts are found from their parent."""
    if not root.is_dir() or len({OPENERS[marker] for marker, _ in find_folders_with(root, tuple(OPENERS))}) < 2:
        return root
    found = _set_folders(root, recipe)
    if not found:
        return root
    return found[0].parent if recipe.set.startswith("vpo") else found[0]


def _set_folders(root: Path, recipe: DatasetRecipe) -> list[Path]:
    """Folders with a file that identifies the set, the preferred one first.

    AVSBench-object comes before AVSBench-semantic, whose v1s and v1m are S4 and MS3 too.
    """
    semantic = [marker for marker, opener in OPENERS.items() if opener is open_avsbench_semantic]
    markers = {"s4": [S4_METADATA, *semantic], "ms3": [MS3_METADATA, *semantic], "avss": semantic}
    markers |= {name: [VPO_TABLES[subset]] for name, subset in SUBSETS.items() if subset in VPO_TABLES}
    names = markers.get(recipe.set, [])
    found = dict(reversed([*find_folders_with(root, names)]) if root.is_dir() else ())
    return [found[name] for name in names if name in found]


def key_parts(recipe: Recipe) -> list[Any]:
    """What a result depends on besides non-default values of its recipe: the set, and the size of masks."""
    return [dataset_section(recipe).set, SIZE]


def data_arguments(recipe: Recipe, source: Path) -> dict[str, Path]:
    """Arguments of `train` for the recipe's clips."""
    return {"data": dataset_folder(source, dataset_section(recipe))}


def evaluation_request(recipe: Recipe, source: Path, folder: Path) -> EvaluationRequest:
    """The evaluation of a run by every protocol: on test where the set has it, else on val."""
    data = dataset_section(recipe)
    settings = EvaluationSettings(subset=SUBSETS.get(data.set), mono=data.mono, size=SIZE)
    where = dataset_folder(source, data)
    return EvaluationRequest(model=str(folder), data=where, settings=settings, out=folder / "evaluation", workers=1)


def kept_metrics(evaluated: dict[str, Any]) -> dict[str, Any]:
    """The part of an evaluation that is kept: all metrics of each protocol as fractions, with 95 % intervals."""
    return {
        "figures": evaluated["protocols"],
        "set": evaluated["setting"]["data"],
        "split": evaluated["setting"]["choices"]["split"],
        "videos": evaluated["videos"],
        "frames": evaluated["frames"],
    }


def dataset_section(recipe: Recipe) -> DatasetRecipe:
    """The recipe's section `data`, of a data set."""
    assert isinstance(recipe.data, DatasetRecipe)  # checked by callers
    return recipe.data
