"""Reads a table of experiments from its YAML file: rows, what each changes, and the paper's values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ravs.config.recipe import Recipe, read_recipe
from ravs.config.recipe.find_recipe import RECIPES, find_recipe, is_table
from ravs.config.validation import is_count
from ravs.errors import InputError
from ravs.experiments.table_row import ExperimentRow, check_keys, check_types, read_row, settings_of

FOLDER = RECIPES / "experiments"
DATASET_SUFFIXES = ("avsbench", "vpo")  # a table on data sets is named NAME-avsbench or NAME-vpo
REQUIRED = ("title", "setting", "rows")
KEY_TYPES = {
    "title": (str, "words"),
    "question": (str, "words"),
    "setting": ((str, Mapping), "the name of a recipe, or its file, relative to this one, or columns with recipes"),
    "prepare": (Mapping, "names with recipes"),
    "seeds": (list, "a list of whole numbers"),
    "paper": (list, "a list of columns"),
    "rows": (Mapping, "rows by their names"),
}
Check = Callable[[Recipe], object]


@dataclass(frozen=True, kw_only=True)
class ExperimentTable:
    """Rows that share a setting. `prepare` has the runs that rows start from, by folder name."""

    path: Path
    title: str
    question: str
    settings: dict[str, Path]  # recipes by column; a table with one setting has the column ""
    prepare: dict[str, Path] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    paper: tuple[str, ...] = ()  # names of the paper's values in each column
    rows: tuple[ExperimentRow, ...]
    changes: tuple[str, ...] = ()  # KEY=VALUE of --set, for every row

    @property
    def name(self) -> str:
        """The name of the file without suffix."""
        return self.path.stem

    def prepared(self) -> dict[str, Recipe]:
        """Recipes of the runs that rows start from, in the order of training. Raises: InputError."""
        return {name: read_recipe(path) for name, path in self.prepare.items()}

    def recipe(self, row: ExperimentRow, seed: int, column: str = "", check: Check = lambda recipe: None) -> Recipe:
        """A row's recipe with one of its seeds.

        Args:
            check: raises InputError for errors of a recipe beyond its keys and values.

        Raises: InputError that names the origin of a mistake: the recipe's file, this file's row, or --set.
        """
        file, where = {**self.settings, **row.settings}[column], f"{self.path}, row {row.name!r}"
        read = partial(_read, file, row.published, check)
        steps: list[tuple[str, Mapping[str, Any], tuple[str, ...]]] = [(str(file), {}, ()), (where, row.changes, ())]
        for count, change in enumerate(self.changes, start=1):
            steps.append((f"--set {change}", row.changes, self.changes[:count]))
        try:
            recipe = read(where, *steps[-1][1:])
        except InputError as error:
            origin = next(name for name, *given in steps if str(error) in _failure(read, where, *given))
            raise InputError(str(error) if origin in str(error) else f"{origin}: {error}") from None
        return replace(recipe, training=replace(recipe.training, seed=seed))


def _read(
    file: Path, published: bool, check: Check, where: str, changes: Mapping[str, Any], more: tuple[str, ...]
) -> Recipe:
    recipe = read_recipe(file, more, published=published, above={where: changes})
    check(recipe)
    return recipe


def _failure(read: Callable[..., Recipe], *given: Any) -> Iterator[str]:
    """The error of a recipe, if it has one."""
    try:
        read(*given)
    except InputError as error:
        yield str(error)


def read_table(name: str | Path, *, on_sets: bool = False, changes: Sequence[str] = ()) -> ExperimentTable:
    """Read a table from its YAML file, or one of the package by its name.

    Args:
        name: a file that ends in .yaml, else the name of a table.
        on_sets: whether a name means the table's version on data sets.
        changes: KEY=VALUE, for every row.

    Raises: InputError if it does not exist, for a misspelled, missing or wrong key, or for a row whose values do not
    match the columns.
    """
    path = path_of(name, on_sets)
    values = _values_of(path)
    settings, figures = settings_of(path, values["setting"]), tuple(values.get("paper") or ())
    return ExperimentTable(
        path=path,
        title=values["title"],
        question=values.get("question") or "",
        settings=settings,
        prepare={key: find_recipe(file, beside=path.parent) for key, file in (values.get("prepare") or {}).items()},
        seeds=tuple(values.get("seeds", (0,))),
        paper=figures,
        rows=tuple(
            read_row(path, str(title), row or {}, tuple(settings), len(figures))
            for title, row in values["rows"].items()
        ),
        changes=tuple(changes),
    )


def path_of(name: str | Path, on_sets: bool) -> Path:
    """The file of a table. Raises: InputError that lists the existing tables."""
    if Path(name).suffix == ".yaml":
        paths = [Path(name)]
    else:
        names = [*(f"{name}-{suffix}" for suffix in DATASET_SUFFIXES if on_sets), name]
        paths = [FOLDER / f"{one}.yaml" for one in names]
    if existing := [path for path in paths if path.is_file()]:
        return existing[0]
    if not on_sets and any((FOLDER / f"{name}-{suffix}.yaml").is_file() for suffix in DATASET_SUFFIXES):
        raise InputError(f"{name}: this table exists for data sets alone; give --data, the folder that holds them")
    known = sorted(one.stem for one in FOLDER.glob("*.yaml") if is_table(one))
    fitting = [one for one in known if one.endswith(DATASET_SUFFIXES) == on_sets]
    kind = "tables on data sets" if on_sets else "tables"
    raise InputError(f"{name}: no table of experiments has this name, and no file; {kind} are {', '.join(fitting)}")


def _values_of(path: Path) -> dict[str, Any]:
    """The checked content of a table's file. Raises: InputError."""
    import yaml

    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a YAML file ({' '.join(str(error).split())})") from None
    check_keys(path, values, set(KEY_TYPES))
    if absent := [key for key in REQUIRED if not values.get(key)]:
        raise InputError(f"{path}: {absent[0]} is missing; a table needs {', '.join(REQUIRED)}")
    check_types(path, values, KEY_TYPES)
    seeds = values.get("seeds", [0])
    if not seeds or not all(seed == 0 or is_count(seed) for seed in seeds) or len(set(seeds)) < len(seeds):
        raise InputError(f"{path}: seeds are {seeds!r}; give different whole numbers from 0 on")
    return dict(values)
