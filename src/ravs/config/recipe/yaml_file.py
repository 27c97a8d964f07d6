"""Recipes from YAML files: one base at most, sections merged key by key, changes last."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ravs.config.recipe.building import FILE_KEYS, SECTIONS, check_keys, recipe_from_dict
from ravs.config.recipe.recipe import Recipe
from ravs.errors import InputError

Values = dict[str, Any]


def read_recipe(
    path: str | Path,
    changes: tuple[str, ...] = (),
    *,
    published: bool = False,
    above: Mapping[str, Mapping[str, Any]] | None = None,
) -> Recipe:
    """A recipe from its YAML file.

    Args:
        path: the file. Its key `base` names another one, relative to it, whose values it changes.
        changes: such as `training.learning_rate=1e-4`, as --set has them; they beat everything else.
        published: the keys of the file's section `published`, a comparator's own recipe, beat the rest of the file.
        above: values that beat the file, by where they come from.

    Raises: InputError for a misspelt key, with the nearest right one and where it comes from, or for a value that does
    not fit.
    """
    path = Path(path)
    values = _read(path)
    if (base := values.pop("base", None)) is not None:
        below = _read(_base_path(base, path))
        if "base" in below:
            raise InputError(f"{path}: its base {base} has a base itself; recipes inherit from one file at most")
        values = merge(below, values)
    own = values.pop("published", None)
    if published:
        if own is None:
            raise InputError(
                f"{path}: has no section `published`; leave --published out, or name a comparator's recipe"
            )
        values = merge(values, own)
    for origin, more in (above or {}).items():
        check_keys(more, origin)
        values = merge(values, dict(more))
    for change in changes:
        values = merge(values, _parse_change(change))
    return recipe_from_dict(values)


def merge(below: Values, above: Values) -> Values:
    """The values of `below`, changed by those of `above`: sections key by key, every other value as a whole."""
    joined = dict(below)
    for key, value in above.items():
        sections = isinstance(value, dict) and isinstance(below.get(key), dict)
        deeper = merge if key == "published" else lambda one, other: one | other
        joined[key] = deeper(below[key], value) if sections else value
    return joined


def _read(path: Path) -> Values:
    """A file's values. Raises: InputError that names the file."""
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise InputError(
            f"{path}: no recipe can be read there ({error.strerror}); the published recipes lie in recipes/ of a clone"
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
        raise InputError(f"{path}: base is {base!r}; it must be the name of one other recipe, relative to this file")
    return path.parent / base


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
        raise InputError(f"--set {change}: {text!r} is no value of YAML") from None
    values = {section: {key: value}} if section else {key: value}
    check_keys(values, f"--set {change}")
    return values
