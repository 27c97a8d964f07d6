"""Which of ImageNet's 1,000 classes show which of ours: the table imagenet_classes.csv, ours, beside this module."""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("imagenet_classes.csv")


@cache
def imagenet_indices() -> dict[str, tuple[int, ...]]:
    """Indices (0 tench to 999 toilet tissue, ILSVRC 2012's usual order) of each class of the table, by its name.

    First the classes of the training library, in its order, then further ones. No index belongs to two classes. A
    class that ImageNet lacks has its nearest kin, as the column `reason` says, or no index.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["class"]: parse_indices(row["indices"]) for row in csv.DictReader(file)}


def parse_indices(text: str) -> tuple[int, ...]:
    """Indices and ranges, both ends included, separated by semicolons: `7;151-153` is 7, 151, 152, 153."""
    ranges = [part.partition("-") for part in text.split(";") if part]
    return tuple(index for first, _, last in ranges for index in range(int(first), int(last or first) + 1))
