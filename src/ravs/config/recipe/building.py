"""A recipe from keys and values: nothing misspelt, every value of the kind that its key wants."""

from contextlib import suppress
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from ravs.config.recipe.data import ComposedDataRecipe
from ravs.config.recipe.recipe import Recipe
from ravs.config.recipe.sets import DatasetRecipe
from ravs.config.recipe.training import OptimizerRecipe
from ravs.errors import InputError

TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", dict: "keys with values"}
SECTIONS: dict[str, tuple[Any, ...]] = {
    "data": (ComposedDataRecipe, DatasetRecipe),
    "training": (OptimizerRecipe,),
    "model": (),
}
FILE_KEYS = ("base", "published")  # keys of a file that are gone when it is read


def recipe_from_dict(values: Any) -> Recipe:
    """The recipe with these values, every other key at its default. Raises: InputError."""
    check_keys(values, "the recipe")
    built = dict(values)
    for name, kinds in SECTIONS.items():
        if name in values and kinds:
            kind = kinds[-1] if name == "data" and "set" in values[name] else kinds[0]
            _check_section(values[name], (kind,), f"{name}.", "the recipe")
            built[name] = _build(kind, name, values[name])
    recipe: Recipe = _build(Recipe, "", built)
    return recipe


def check_keys(values: Any, source: str, more: tuple[str, ...] = ()) -> None:
    """Raises: InputError for a key that is neither a recipe's nor one of `more`, with the nearest one that is.

    Keys of the section `data` may be of either kind here: a file may leave it to its base which one it is.
    """
    _check_section(values, (Recipe,), "", source, more)
    for name, kinds in SECTIONS.items():
        if name in values:
            _check_section(values[name], kinds, f"{name}.", source)


def _check_section(values: Any, kinds: tuple[Any, ...], prefix: str, source: str, more: tuple[str, ...] = ()) -> None:
    if not isinstance(values, dict):
        name = prefix.rstrip(".") or "the recipe"
        raise InputError(f"{source}: {name} is {values!r}; it must be keys with values")
    names = list(dict.fromkeys([*(entry.name for kind in kinds for entry in fields(kind)), *more]))
    for key in values if kinds else ():  # the keys of a model are its configuration's own
        if key not in names:
            near = get_close_matches(str(key), names, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"keys are {', '.join(names)}"
            raise InputError(f"unknown key {prefix}{key} in {source}; {hint}")


def _build(kind: Any, section: str, values: dict[str, Any]) -> Any:
    kinds = {entry.name: entry.type for entry in fields(kind)}
    prefix = f"{section}." if section else ""
    return kind(**{key: _coerce(f"{prefix}{key}", value, kinds[key]) for key, value in values.items()})


def _coerce(key: str, value: Any, kind: Any) -> Any:
    """The value as its key wants it. Raises: InputError for one of another kind."""
    kinds = {dict} if get_origin(kind) is dict else set(get_args(kind) or (kind,))
    if float in kinds and isinstance(value, str | int) and not isinstance(value, bool):
        with suppress(ValueError):
            return float(value)  # YAML reads 1e-4 as text
    if isinstance(value, dict) and get_origin(kind) is dict and get_args(kind)[1] is float:
        return {name: _coerce(f"{key}.{name}", one, float) for name, one in value.items()}
    if type(value) in kinds:  # also a section that is built already
        return value
    words = " or ".join(TYPE_NAMES[one] for one in sorted(kinds, key=str) if one in TYPE_NAMES)
    raise InputError(f"{key} is {value!r}; it must be {words}")
