"""Read the classes of a user's masks and their values from classes.txt or labels.json."""

import json
from collections.abc import Sequence
from pathlib import Path

from ravs.config.labels import IGNORE_INDEX
from ravs.config.validation import MAX_CLASSES
from ravs.errors import InputError

CLASSES_FILE, LABELS_FILE = "classes.txt", "labels.json"


def normalize_class_names(names: Sequence[str], where: object) -> tuple[str, ...]:
    """Class names for the metadata, which join names by "_", so that "_" becomes "-".

    Raises: InputError that names the file, for empty or duplicate names, background, or too many classes.
    """
    found = tuple(name.strip().replace("_", "-") for name in names)
    wrong = [name for name in found if not name or name == "background" or found.count(name) > 1]
    if wrong:
        raise InputError(
            f"{where}: class {wrong[0]!r}: a name must not be empty, occur twice (_ counts as -) or be background, "
            "which is always 0"
        )
    if not 0 < len(found) <= MAX_CLASSES:
        raise InputError(f"{where}: {len(found)} classes; an 8-bit mask can hold 1 to {MAX_CLASSES}")
    return found


def read_class_values(root: Path) -> dict[str, int]:
    """The value in masks of each class, from classes.txt or labels.json; empty if neither exists.

    Raises: InputError with the file and the expected format.
    """
    if (root / CLASSES_FILE).is_file():
        lines = [line for line in (root / CLASSES_FILE).read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        names = lines[1:] if [line.strip() for line in lines[:1]] == ["background"] else lines
        return {name: value for value, name in enumerate(normalize_class_names(names, root / CLASSES_FILE), start=1)}
    return _from_json(root / LABELS_FILE) if (root / LABELS_FILE).is_file() else {}


def _from_json(path: Path) -> dict[str, int]:
    """Names and values of a JSON object such as {"dog": 1, "cat": 2}; background may be present as 0."""
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}): write names with their values in masks") from None
    known = values if isinstance(values, dict) and values.pop("background", 0) == 0 else {}
    numbers = list(known.values())
    if not numbers or not all(map(_is_value, numbers)) or len(set(numbers)) < len(numbers):
        raise InputError(f'{path}: write names with their values in masks, {{"dog": 1, "cat": 2}}; 0 is background')
    ordered = sorted(known, key=lambda name: known[name])
    return dict(zip(normalize_class_names(ordered, path), sorted(numbers), strict=True))


def _is_value(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < IGNORE_INDEX
