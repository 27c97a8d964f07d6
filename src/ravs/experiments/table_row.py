"""A row of a table: what it changes, its own recipes, and the paper's values; and checks of keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ravs.config.recipe.find_recipe import find_recipe
from ravs.config.validation import check_number
from ravs.errors import InputError

KeyTypes = Mapping[str, tuple[Any, str]]  # of each key its type, and what it is in words

KEY_TYPES: KeyTypes = {
    "set": (Mapping, "keys with values"),
    "paper": ((list, Mapping), "a list of figures, or columns with such lists"),
    "setting": ((str, Mapping), "the name of a recipe, or columns with recipes"),
    "published": (bool, "true or false"),
}


@dataclass(frozen=True, kw_only=True)
class ExperimentRow:
    """One row of a table."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)  # keys of a recipe with values, which override its setting
    paper: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)  # values by column of the table
    settings: Mapping[str, Path] = field(default_factory=dict)  # recipes that replace the table's, by column
    published: bool = False  # apply the recipes' sections `published`, as `ravs train --published`


def read_row(path: Path, name: str, values: Any, columns: Sequence[str], figures: int) -> ExperimentRow:
    """Read a row from its keys.

    Args:
        path: of the table's file.
        columns: of the table; a table with one setting has the column "".
        figures: how many of the paper's values each column has.

    Raises: InputError for a misspelled or wrong key, an unknown column, or another number of values.
    """
    where = f" in row {name!r}"
    check_keys(path, values, set(KEY_TYPES), where)
    check_types(path, values, KEY_TYPES, where)
    settings = settings_of(path, values.get("setting") or {})
    given = values.get("paper") or {}
    paper = given if isinstance(given, Mapping) else {"": given}
    for column in (*settings, *paper):
        if column not in columns:
            hint = f"columns are {', '.join(columns)}" if any(columns) else "the table has one setting, and no columns"
            raise InputError(f"{path}: column {column!r}{where} is none of the table's; {hint}")
    return ExperimentRow(
        name=name,
        changes=values.get("set") or {},
        paper={column: _figures(path, where, row, figures) for column, row in paper.items()},
        settings=settings,
        published=bool(values.get("published")),
    )


def settings_of(path: Path, value: str | Mapping[str, Any]) -> dict[str, Path]:
    """Recipes by column, by name or relative to the table's file; a single one belongs to the column ""."""
    named = {"": value} if isinstance(value, str) else value
    for column, file in named.items():
        if not isinstance(column, str) or not isinstance(file, str):
            raise InputError(f"{path}: setting has {column!r}: {file!r}; give columns with names of recipes")
    return {column: find_recipe(file, beside=path.parent) for column, file in named.items()}


def _figures(path: Path, where: str, values: Any, count: int) -> tuple[float | None, ...]:
    if not isinstance(values, list) or len(values) != count:
        found = len(values) if isinstance(values, list) else repr(values)
        raise InputError(f"{path}:{where[3:]} has {found} figures of the paper for {count} columns of `paper`")
    for figure in values:
        if figure is not None:
            check_number(f"{path}: a figure of the paper{where}", figure, 0, 100)
    return tuple(None if figure is None else float(figure) for figure in values)


def check_keys(path: Path, values: Any, known: set[str], where: str = "") -> None:
    """Raises: InputError unless the values are keys of these alone."""
    if not isinstance(values, Mapping):
        raise InputError(f"{path}: holds {values!r}{where}, not keys with values")
    if surplus := sorted(set(values) - known):
        raise InputError(f"{path}: unknown key {surplus[0]!r}{where}; keys are {', '.join(sorted(known))}")


def check_types(path: Path, values: Mapping[str, Any], kinds: KeyTypes, where: str = "") -> None:
    """Raises: InputError for a value that is not of its key's kind."""
    for key, (kind, words) in kinds.items():
        if values.get(key) is not None and not isinstance(values[key], kind):
            raise InputError(f"{path}: {key}{where} is {values[key]!r}; it must be {words}")
