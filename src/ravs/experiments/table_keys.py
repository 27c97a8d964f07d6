"""Checks of the keys of a table's file: none misspelt, every value of its type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ravs.errors import InputError

KeyTypes = Mapping[str, tuple[Any, str]]  # of each key its type, and what it is in words


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
