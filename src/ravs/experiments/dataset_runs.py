"""Runs on data sets of the field: where each set lies, how a run is scored, and what is kept of it."""

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

SIZE = 224  # of the scored masks (paper, section 4.1; every protocol of the field but CPM's)
PER_DATASET = "ddeseg"  # the paper's own count, by its authors' code
PER_FRAME = ("avsbench", "avss")  # the field's: of binary sets, of semantic ones


def sets_in(root: Path, recipes: Iterable[DatasetRecipe]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which of the recipes' sets lie in a folder, and a line for each that does not.

    Raises: InputError, NoMatchError where none does, or for one that lies there and does not fit.
    """
    there, absent = set(), {}
    for recipe in recipes:
        try:
            open_splits(recipe, folder_of(root, recipe))
            there.add(recipe.set)
        except InputError as error:
            if _places(root, recipe):
                raise
            absent[recipe.set] = error
    if not there and absent:
        raise next(iter(absent.values()))
    return frozenset(there), tuple(f"{name} is left out: {error}" for name, error in absent.items())


def folder_of(root: Path, recipe: DatasetRecipe) -> Path:
    """Where a set lies in a folder that may hold several; VPO's parts are found from the folder around them."""
    if not root.is_dir() or len({OPENERS[marker] for marker, _ in find_folders_with(root, tuple(OPENERS))}) < 2:
        return root
    found = _places(root, recipe)
    if not found:
        return root
    return found[0].parent if recipe.set.startswith("vpo") else found[0]


def _places(root: Path, recipe: DatasetRecipe) -> list[Path]:
    """Folders with a file that the set is known by, the better one first.

    AVSBench-object comes before AVSBench-semantic, whose v1s and v1m are S4 and MS3 too.
    """
    semantic = [marker for marker, opener in OPENERS.items() if opener is open_avsbench_semantic]
    known_by = {"s4": [S4_METADATA, *semantic], "ms3": [MS3_METADATA, *semantic], "avss": semantic}
    known_by |= {name: [VPO_TABLES[subset]] for name, subset in SUBSETS.items() if subset in VPO_TABLES}
    names = known_by.get(recipe.set, [])
    found = dict(reversed([*find_folders_with(root, names)]) if root.is_dir() else ())
    return [found[name] for name in names if name in found]


def decided_by(recipe: Recipe) -> list[Any]:
    """What a result follows from besides its recipe's own values: the set, even by default, and the size of masks."""
    return [set_of(recipe).set, SIZE]


def folders(recipe: Recipe, source: Path) -> dict[str, Path]:
    """What `train` needs to find the recipe's clips."""
    return {"data": folder_of(source, set_of(recipe))}


def order_of(recipe: Recipe, source: Path, folder: Path) -> EvaluationRequest:
    """The evaluation of a run's weights by every protocol: on test, where the set has it, else on val."""
    data = set_of(recipe)
    setting = EvaluationSettings(subset=SUBSETS.get(data.set), mono=data.mono, size=SIZE)
    where = folder_of(source, data)
    return EvaluationRequest(model=str(folder), data=where, setting=setting, out=folder / "evaluation", workers=1)


def kept_of(evaluated: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an evaluation: J, F and everything else of each protocol as fractions, with 95 % intervals."""
    return {
        "figures": evaluated["protocols"],
        "set": evaluated["setting"]["data"],
        "split": evaluated["setting"]["choices"]["split"],
        "videos": evaluated["videos"],
        "frames": evaluated["frames"],
    }


def set_of(recipe: Recipe) -> DatasetRecipe:
    """The recipe's section `data`, which names a data set."""
    assert isinstance(recipe.data, DatasetRecipe)  # whoever calls has looked
    return recipe.data
