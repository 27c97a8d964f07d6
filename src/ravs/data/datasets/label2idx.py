"""Read the classes of label2idx.json, and check metadata and masks against them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import Entry, Problem
from ravs.errors import InputError

BACKGROUND = "background"
BACKGROUND_VALUES = (0, 1)  # of background: as in masks, or one more, as in the file published by AVSBench


def read_classes(path: Path) -> tuple[str, ...]:
    """The classes of a label2idx.json, ordered by value, as in masks.

    Values start at 0, as in masks, or at 1, one more than in masks, as in the published file.

    Raises: InputError for an invalid file, duplicate names or values, gaps between values, or no background.
    """
    pairs = _pairs(path)
    for what, found in (("names", [name for name, _ in pairs]), ("values", [value for _, value in pairs])):
        if twice := [str(one) for one, count in Counter(found).items() if count > 1]:
            raise InputError(f"{path}: {what} more than once: {', '.join(twice)}; give each class a value of its own")
    ordered = sorted(pairs, key=lambda pair: pair[1])
    names = tuple(name for name, _ in ordered)
    first, last = ordered[0][1], ordered[-1][1]
    if names[0] != BACKGROUND:
        raise InputError(f"{path}: the lowest value, {first}, is {names[0]}'s, not {BACKGROUND}'s: give that 0, or 1")
    if first not in BACKGROUND_VALUES or last - first + 1 != len(names):
        gaps = sorted(set(range(first, last)) - {value for _, value in pairs})
        missing = f"; missing: {', '.join(map(str, gaps[:10]))}" if gaps else ""
        raise InputError(
            f"{path}: {len(names)} classes have values from {first} to {last}{missing}; they must run from 0, as in "
            "masks, or from 1, one above those in masks, without a gap"
        )
    return names


def _pairs(path: Path) -> tuple[tuple[str, int], ...]:
    """The names and values in a file. Raises: InputError if it is no JSON object of integers."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=tuple)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(found, tuple) or not found:
        raise InputError(f"{path}: holds no object of class names with their values, such as {{{BACKGROUND!r}: 0}}")
    for name, value in found:
        if type(value) is not int:
            raise InputError(f"{path}: {name} has {value!r} for its value; it must be a whole number")
    return found


def unknown_names(table: Path, rows: Sequence[Mapping[str, str]], classes: Sequence[str]) -> Iterator[Problem]:
    """A problem for each name in a_obj that is no class, with the first video that has it."""
    videos: dict[str, list[str]] = {}
    for row in rows:
        for name in dict.fromkeys(row["a_obj"].split("_")):
            if name and name not in classes:
                videos.setdefault(name, []).append(row["uid"])
    for name, uids in videos.items():
        others = f" and {len(uids) - 1:,} more videos" if len(uids) > 1 else ""
        what = f"a_obj names {name!r}, which is no class of the set ({uids[0]}{others})"
        yield Problem(table, "metadata", f"{what}; it joins names by _, so names have - inside")


def class_disagreements(
    source: Path, classes: Sequence[str], entries: Iterable[Entry], classes_in_masks: Mapping[Path, frozenset[int]]
) -> Iterator[Problem]:
    """A problem for each class that is in the masks of some videos, but not in the metadata of most of these.

    Args:
        source: file with the class names.
        classes: background first.
        entries: those without class names in their metadata are ignored.
        classes_in_masks: the class indices in each mask.
    """
    seen: Counter[int] = Counter()
    named: Counter[int] = Counter()
    for entry in entries:
        if entry.sounding:
            shown = frozenset[int]().union(*(classes_in_masks[path] for path in entry.masks if path))
            values = shown - {0, IGNORE_INDEX}
            seen.update(values)
            named.update(value for value in values if classes[value] in entry.sounding)
    for value, count in sorted(seen.items()):
        if 2 * named[value] < count:
            yield Problem(
                source,
                "metadata",
                f"masks of {count:,} video{'s' * (count != 1)} hold {value}, which is {classes[value]} here, and a_obj "
                f"names {classes[value]} in {named[value]:,} of them: names, values or masks are wrong",
            )
