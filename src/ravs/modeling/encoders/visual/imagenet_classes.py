"""Which of ImageNet's 1,000 classes show which of ours: the table imagenet_classes.csv, ours, beside this module."""

import csv
from functools import cache
from pathlib import Path

from ravs.modeling.encoders.index_ranges import parse_indices

TABLE = Path(__file__).with_name("imagenet_classes.csv")


@cache
def imagenet_indices() -> dict[str, tuple[int, ...]]:
    """Indices (0 tench to 999 toilet tissue, ILSVRC 2012's usual order) of each class of the table, by its name.

    First the classes of the training library, in its order, then further ones. No index belongs to two classes. A
    class that ImageNet lacks has its nearest kin, as the column `reason` says, or no index.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["class"]: parse_indices(row["indices"]) for row in csv.DictReader(file)}
