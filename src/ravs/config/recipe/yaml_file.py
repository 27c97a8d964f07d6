"""Reads recipes from YAML files: at most one base, sections merged key by key, changes last."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin

from ravs.config.recipe.data import ComposedDataRecipe, DatasetRecipe
from ravs.config.recipe.find_recipe import find_recipe
from ravs.config.recipe.recipe import Recipe
from ravs.config.recipe.training import OptimizerRecipe
from ravs.errors import InputError

Values = dict[str, Any]

TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text", dict: "keys with values"}
SECTIONS: dict[str, tuple[Any, ...]] = {
    "data": (ComposedDataRecipe, DatasetRecipe),
    "training": (OptimizerRecipe,),
    "model": (),
}
FILE_KEYS = ("base", "published")  # keys of a file that are not part of the recipe


def read_recipe(
    path: str | Path,
    changes: tuple[str, ...] = (),
    *,
    published: bool = False,
    above: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recipe:
    """Read a recipe from its YAML file.

    Args:
        path: the file, or the name of a recipe of the package, such as "s4". The file's key `base` names another, by a
            path relative to it or by name, whose values it overrides.
        changes: as for --set, such as `training.learning_rate=1e-4`; they override everything else.
        published: the file's section `published`, a baseline's own recipe, overrides the rest of the file.
        above: values that override the file, by their origin.

    Raises: InputError for a misspelled key, naming its origin and the nearest correct one, or for an invalid value.
    """
    path = find_recipe(path)
    values = _read(path)
    if (base := values.pop("base", None)) is not None:
        below = _read(_base_path(base, path))
        if "base" in below:
            raise InputError(f"{path}: its base {base} has a base itself; recipes inherit from one file at most")
        values = merge(below, values)
    own = values.pop("published", None)
    if published:
        if own is None:
            raise InputError(f"{path}: has no section `published`; leave --published out, or name a baseline's recipe")
        values = merge(values, own)
    for origin, more in (above or {}).items():
        check_keys(more, origin)
        values = merge(values, dict(more))
    for change in changes:
        values = merge(values, _parse_change(change))
    return recipe_from_dict(values)


def merge(below: Values, above: Values) -> Values:
    """The values of `below` overridden by those of `above`: sections key by key, any other value as a whole."""
    joined = dict(below)
    for key, value in above.items():
        sections = isinstance(value, dict) and isinstance(below.get(key), dict)
        deeper = merge if key == "published" else lambda one, other: one | other
        joined[key] = deeper(below[key], value) if sections else value
    return joined


def _read(path: Path) -> Values:
    """A file's values. Raises: InputError naming the file."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise InputError(
            f"{path}: no recipe can be read there ({error.strerror}); those of the package have names, such as s4"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a YAML file ({error})") from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds {type(values).__name__}, not keys with values")
    check_keys(values, str(path), more=FILE_KEYS)
    if "published" in values:
        check_keys(values["published"], f"{path}, published")
    return values


def _base_path(base: Any, path: Path) -> Path:
    if not isinstance(base, str):
        raise InputError(f"{path}: base is {base!r}; it must be the name of one other recipe, or its file")
    return find_recipe(base, beside=path.parent)


def _parse_change(change: str) -> Values:
    """`training.steps=100` as values. Raises: InputError."""
    import yaml

    name, equals, text = change.partition("=")
    if not equals:
        raise InputError(f"--set {change}: write KEY=VALUE, for example training.steps=100")
    section, _, key = name.rpartition(".")
    if section and section not in SECTIONS:
        raise InputError(
            f"--set {change}: {section} is no section with keys of its own; there are {', '.join(SECTIONS)}"
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise InputError(f"--set {change}: {text!r} is not a YAML value") from None
    values = {section: {key: value}} if section else {key: value}
    check_keys(values, f"--set {change}")
    return values


def recipe_from_dict(values: Any) -> Recipe:
    """The recipe with these values and defaults for all other keys. Raises: InputError."""
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
    """Raises: InputError for a key that is neither a recipe's nor one of `more`, naming the nearest one that is.

    Keys of the section `data` may be of either kind here: a file may leave the choice to its base.
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
    for key in values if kinds else ():  # a model's keys are checked by its configuration
        if key not in names:
            near = get_close_matches(str(key), names, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"keys are {', '.join(names)}"
            raise InputError(f"unknown key {prefix}{key} in {source}; {hint}")


def _build(kind: Any, section: str, values: dict[str, Any]) -> Any:
    kinds = {entry.name: entry.type for entry in fields(kind)}
    prefix = f"{section}." if section else ""
    return kind(**{key: _coerce(f"{prefix}{key}", value, kinds[key]) for key, value in values.items()})


def _coerce(key: str, value: Any, kind: Any) -> Any:
    """The value in the type of its key. Raises: InputError for a value of another type."""
    kinds = {dict} if get_origin(kind) is dict else set(get_args(kind) or (kind,))
    if float in kinds and isinstance(value, str | int) and not isinstance(value, bool):
        with suppress(ValueError):
            return float(value)  # YAML reads 1e-4 as text
    if isinstance(value, dict) and get_origin(kind) is dict and get_args(kind)[1] is float:
        return {name: _coerce(f"{key}.{name}", one, float) for name, one in value.items()}
    if type(value) in kinds:  # also a section that is already built
        return value
    words = " or ".join(TYPE_NAMES[one] for one in sorted(kinds, key=str) if one in TYPE_NAMES)
    raise InputError(f"{key} is {value!r}; it must be {words}")
