"""What is said of a recipe's value that does not fit."""

from collections.abc import Sequence
from typing import Any

from ravs.config.validation import is_count
from ravs.errors import InputError


def check_counts(section: str, recipe: Any, *names: str) -> None:
    """Raises: InputError for the first of these keys that is no whole number of at least 1."""
    for name in names:
        if not is_count(getattr(recipe, name)):
            raise InputError(f"{section}.{name} is {getattr(recipe, name)!r}; it must be a whole number of at least 1")


def check_choice(key: str, value: str, choices: Sequence[str]) -> None:
    """Raises: InputError for a value that is none of the choices."""
    if value not in choices:
        raise InputError(f"{key} is {value!r}; it must be one of {', '.join(choices)}")
