"""Which data set a folder holds."""

from pathlib import Path

from ravs.data.sets.composed import open_composed
from ravs.data.sets.entry import BenchmarkSet
from ravs.errors import InputError


def find_set(root: Path, subset: str | None = None) -> BenchmarkSet:
    """The set in a folder. Raises InputError where there is none."""
    if (root / "composed.json").is_file():
        return open_composed(root)
    raise InputError(f"{root}: no data set that is known lies there")
