"""A data set of the field split for a run: what is learnt from, and what validates. Test is in neither."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.config.recipe import DatasetRecipe
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.data.datasets.find_dataset import COMPOSED, find_dataset
from ravs.errors import InputError, RavsError
from ravs.files import hash_lines

SUBSETS = {"s4": "s4", "ms3": "ms3", "vpo-ss": "VPO-SS", "vpo-ms": "VPO-MS", "vpo-msmi": "VPO-MSMI"}
TITLES = {"avss": "AVSBench-semantic", "composed": "composed set"}


@dataclass(frozen=True, kw_only=True)
class Splits:
    """A data set split into what is learnt from and what validates; its test split is in neither."""

    data: AvsDataset  # that is trained on
    unseen: AvsDataset  # that validates: the same, but for composed sets in two folders
    training: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, tuple[AvsDataset, tuple[Entry, ...]]]:
        """The set and the entries of training and validation."""
        return {"training": (self.data, self.training), "validation": (self.unseen, self.validation)}

    def check_labelled(self) -> None:
        """Raises: RavsError for a part without a labelled pixel, which would train nothing or give no figure."""
        for part, (data, entries) in self.by_name.items():
            if not _has_labels(data, entries):
                splits = ", ".join(sorted({entry.split for entry in entries}))
                raise RavsError(
                    f"{data.root}: no pixel of the {len(entries):,} {part} clips of {data.title} (split {splits}) is "
                    f"labelled: their masks hold {IGNORE_INDEX} alone, which means unknown. Give masks of class "
                    "indices with 0 for background, and look at them with ravs datasets show"
                )

    def record(self) -> dict[str, Any]:
        """What the data were: title, folder, clips of each part, and a hash of the names and sizes of their files."""
        sizes = [
            f"{part} {entry.name} {kind} {path.name} {path.stat().st_size if path.is_file() else 'missing'}"
            for part, (data, entries) in self.by_name.items()
            for entry in sorted(entries, key=lambda entry: entry.name)
            for kind, path in data.files(entry)
        ]
        counts = {
            part: dict(sorted(Counter(entry.subset for entry in entries).items()))
            for part, (_, entries) in self.by_name.items()
        }
        return {
            "title": self.data.title,
            "folder": self.data.root.resolve().name,
            **counts,
            "sha256": hash_lines(sizes),
        }


def open_splits(recipe: DatasetRecipe, root: Path) -> Splits:
    """The recipe's set in a folder. A composed one may lie in two: root/train and root/val.

    Raises: as find_dataset; InputError for another set than the recipe's, or one with nothing to train on.
    """
    if recipe.set == "composed" and all((root / split / COMPOSED).is_file() for split in ("train", "val")):
        data, unseen = (find_dataset(root / split) for split in ("train", "val"))
        if data.classes != unseen.classes:
            raise InputError(f"{root}: train and val have other classes: compose both with the same --classes")
        return Splits(data=data, unseen=unseen, training=data.select(), validation=unseen.select())
    data = find_dataset(root, SUBSETS.get(recipe.set), mono=recipe.mono)
    if recipe.set in TITLES and data.title != TITLES[recipe.set]:
        raise InputError(f"{root} holds {data.title}, and the recipe wants {TITLES[recipe.set]}: give its folder")
    splits = {entry.split for entry in data.entries}
    if "train" not in splits:
        raise InputError(f"{root}: {data.title} has no split train; it has {', '.join(sorted(splits))}")
    training = data.select("train")
    if "val" in splits:
        return Splits(data=data, unseen=data, training=training, validation=data.in_order(data.select("val")))
    training, validation = hold_out(training, recipe.held_out, recipe.seed)
    remark = (
        f"{data.title} has no val split: {len(validation):,} of {len(training) + len(validation):,} training clips "
        f"(seed {recipe.seed}, whole pictures) validate and are not trained on; test is left alone"
    )
    return Splits(data=data, unseen=data, training=training, validation=validation, remarks=(remark,))


def _has_labels(data: AvsDataset, entries: Sequence[Entry]) -> bool:
    """Whether any pixel is labelled, by as few masks as it takes; True if none can be read, which is reported later."""
    readable = False
    for path in (mask for entry in entries for mask in entry.masks if mask is not None):
        try:
            labels = data.read_mask(path)
        except RavsError:
            continue
        readable = True
        if (labels != IGNORE_INDEX).any():
            return True
    return not readable


def hold_out(entries: Sequence[Entry], share: float, seed: int) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Entries to train on, and a seeded share that validates; no picture is in both, since VPO has many in several.

    Raises: InputError where either would be empty.
    """
    pictures = sorted({entry.frames for entry in entries})
    count = max(round(share * len(pictures)), 1)
    if share <= 0 or count >= len(pictures):
        raise InputError(
            f"data.held_out is {share:g} of {len(pictures)} pictures, and the set has no val split: some must "
            "validate, and some must be left to train on"
        )
    order = np.random.default_rng([seed, len(pictures)]).permutation(len(pictures))
    held = {pictures[index] for index in order[:count]}
    return (
        tuple(entry for entry in entries if entry.frames not in held),
        tuple(entry for entry in entries if entry.frames in held),
    )
