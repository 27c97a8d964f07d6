"""A table of experiments as its YAML file names it: rows, what each changes, and what the paper found."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from ravs.errors import InputError
from ravs.limits import check_number, is_count
from ravs.recipe import DataRecipe, Recipe, read_recipe

FOLDER = Path("recipes/experiments")
KEYS = {"title", "question", "setting", "prepare", "seeds", "paper", "rows"}
ROW_KEYS = {"set", "paper"}
NEEDED = ("title", "setting", "rows")
KINDS = {
    "title": (str, "words"),
    "question": (str, "words"),
    "setting": (str, "the name of a recipe, relative to this file"),
    "prepare": (Mapping, "names with recipes"),
    "seeds": (list, "a list of whole numbers"),
    "paper": (list, "a list of columns"),
    "rows": (Mapping, "rows by their names"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: what it changes in the setting, and the paper's figures for it, one for each of the paper's columns."""

    name: str
    changes: tuple[str, ...]  # KEY=VALUE, as `ravs train --set` takes them
    paper: tuple[float | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows that share a setting. `prepare` are runs that rows start from, by the folder's name."""

    name: str
    title: str
    question: str
    setting: Path
    prepare: dict[str, Path]
    seeds: tuple[int, ...]
    paper: tuple[str, ...]  # the paper's columns
    rows: tuple[Row, ...]

    def prepared(self) -> dict[str, Recipe]:
        """Recipes of the runs that rows start from, in the order in which they are made. Raises: InputError."""
        return {name: read_recipe(path) for name, path in self.prepare.items()}

    def recipe(self, row: Row, seed: int) -> Recipe:
        """A row's recipe with one of its seeds. Raises: InputError for a key that no recipe has, or for a data set."""
        recipe = read_recipe(self.setting, (*row.changes, f"training.seed={seed}"))
        if not isinstance(recipe.data, DataRecipe):
            raise InputError(f"{self.setting}: experiments train on composed clips, not on {recipe.data.set}")
        return recipe


def read_table(name: str | Path) -> Table:
    """A table from its YAML file, or by its name among those in recipes/experiments.

    Raises: InputError where there is none, for a misspelt, missing or wrong key, or for a row whose figures fit no
    columns.
    """
    path = Path(name) if Path(name).suffix == ".yaml" else FOLDER / f"{name}.yaml"
    if not path.is_file():
        there = sorted(one.stem for one in path.parent.glob("*.yaml") if "rows:" in one.read_text(encoding="utf-8"))
        here = f"tables are {', '.join(there)}" if there else "run in a clone of the project, or give a YAML file"
        raise InputError(f"{path}: no table of experiments lies there; {here}")
    values = _values_of(path)
    columns = tuple(values.get("paper") or ())
    return Table(
        name=path.stem,
        title=values["title"],
        question=values.get("question") or "",
        setting=path.parent / values["setting"],
        prepare={key: path.parent / file for key, file in (values.get("prepare") or {}).items()},
        seeds=tuple(values.get("seeds", (0,))),
        paper=columns,
        rows=tuple(_row(path, str(title), row or {}, len(columns)) for title, row in values["rows"].items()),
    )


def _values_of(path: Path) -> dict[str, Any]:
    """The keys of a table's file, each of its kind. Raises: InputError."""
    import yaml

    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a YAML file ({' '.join(str(error).split())})") from None
    check_keys(path, values, KEYS)
    if absent := [key for key in NEEDED if not values.get(key)]:
        raise InputError(f"{path}: {absent[0]} is missing; a table needs {', '.join(NEEDED)}")
    for key, (kind, words) in KINDS.items():
        if values.get(key) is not None and not isinstance(values[key], kind):
            raise InputError(f"{path}: {key} is {values[key]!r}; it must be {words}")
    seeds = values.get("seeds", [0])
    if not seeds or not all(seed == 0 or is_count(seed) for seed in seeds) or len(set(seeds)) < len(seeds):
        raise InputError(f"{path}: seeds are {seeds!r}; give different whole numbers from 0 on")
    return dict(values)


def _row(path: Path, name: str, values: Any, columns: int) -> Row:
    check_keys(path, values, ROW_KEYS, f" in row {name!r}")
    if not isinstance(values.get("set") or {}, Mapping) or not isinstance(values.get("paper") or [], list):
        raise InputError(f"{path}: row {name!r} holds {values!r}; `set` is keys with values, `paper` a list of figures")
    paper = tuple(values.get("paper") or ())
    if paper and len(paper) != columns:
        raise InputError(f"{path}: row {name!r} has {len(paper)} figures of the paper for {columns} columns")
    for figure in paper:
        if figure is not None:
            check_number(f"{path}: a figure of the paper in row {name!r}", figure, 0, 100)
    return Row(name=name, changes=tuple(changes_of(values.get("set") or {})), paper=paper)


def changes_of(values: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Sections' keys as KEY=VALUE; what lies deeper is a value as a whole."""
    import yaml

    changes = []
    for key, value in values.items():
        if isinstance(value, Mapping) and not prefix:
            changes += changes_of(value, f"{key}.")
        else:
            (text,) = yaml.safe_dump_all([[value]], default_flow_style=True, width=inf).splitlines()
            changes.append(f"{prefix}{key}={text[1:-1]}")  # JSON would give 1e-05, a word in YAML
    return changes


def check_keys(path: Path, values: Any, known: set[str], where: str = "") -> None:
    """Raises: InputError unless the values are keys of these alone."""
    if not isinstance(values, Mapping):
        raise InputError(f"{path}: holds {values!r}{where}, not keys with values")
    if surplus := sorted(set(values) - known):
        raise InputError(f"{path}: unknown key {surplus[0]!r}{where}; keys are {', '.join(sorted(known))}")
