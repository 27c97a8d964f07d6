"""Training and validation clips of a data set of the field; test clips are in neither."""

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
    """Training and validation clips of a data set; its test split is in neither."""

    data: AvsDataset  # of the training clips
    validation_data: AvsDataset  # the same, except for composed sets in two folders
    training: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, tuple[AvsDataset, tuple[Entry, ...]]]:
        """Data set and clips by name, "training" and "validation"."""
        return {"training": (self.data, self.training), "validation": (self.validation_data, self.validation)}

    def check_labelled(self) -> None:
        """Raises: RavsError for a split without a labelled pixel, which would train nothing or give no metric."""
        for part, (data, entries) in self.by_name.items():
            if not _has_labels(data, entries):
                splits = ", ".join(sorted({entry.split for entry in entries}))
                raise RavsError(
                    f"{data.root}: no pixel of the {len(entries):,} {part} clips of {data.title} (split {splits}) is "
                    f"labelled: their masks hold {IGNORE_INDEX} alone, which means unknown. Give masks of class "
                    "indices with 0 for background, and look at them with ravs datasets show"
                )

    def record(self) -> dict[str, Any]:
        """A record of the data: title, folder, number of clips, and a hash of the names and sizes of their files."""
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
    """Open the recipe's data set. A composed one may be in two folders: root/train and root/val.

    Raises: as find_dataset; InputError for another data set than the recipe's, or one with nothing to train on.
    """
    if recipe.set == "composed" and all((root / split / COMPOSED).is_file() for split in ("train", "val")):
        data, validation_data = (find_dataset(root / split) for split in ("train", "val"))
        if data.classes != validation_data.classes:
            raise InputError(f"{root}: train and val have other classes: compose both with the same --classes")
        return Splits(
            data=data, validation_data=validation_data, training=data.select(), validation=validation_data.select()
        )
    data = find_dataset(root, SUBSETS.get(recipe.set), mono=recipe.mono)
    if recipe.set in TITLES and data.title != TITLES[recipe.set]:
        raise InputError(f"{root} holds {data.title}, and the recipe wants {TITLES[recipe.set]}: give its folder")
    splits = {entry.split for entry in data.entries}
    if "train" not in splits:
        raise InputError(f"{root}: {data.title} has no split train; it has {', '.join(sorted(splits))}")
    training = data.select("train")
    if "val" in splits:
        return Splits(data=data, validation_data=data, training=training, validation=data.in_order(data.select("val")))
    training, validation = hold_out(training, recipe.held_out, recipe.seed)
    remark = (
        f"{data.title} has no val split: {len(validation):,} of {len(training) + len(validation):,} training clips "
        f"(seed {recipe.seed}, whole images) validate and are not trained on; test is left alone"
    )
    return Splits(data=data, validation_data=data, training=training, validation=validation, remarks=(remark,))


def _has_labels(data: AvsDataset, entries: Sequence[Entry]) -> bool:
    """Whether any pixel is labelled, reading as few masks as possible; True if none can be read (reported later)."""
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
    """Split clips into training and a seeded share for validation, with no image in both: VPO repeats images.

    Raises: InputError if either would be empty.
    """
    images = sorted({entry.frames for entry in entries})
    count = max(round(share * len(images)), 1)
    if share <= 0 or count >= len(images):
        raise InputError(
            f"data.held_out is {share:g} of {len(images)} images, and the set has no val split: some must "
            "validate, and some must be left to train on"
        )
    order = np.random.default_rng([seed, len(images)]).permutation(len(images))
    held_out = {images[index] for index in order[:count]}
    return (
        tuple(entry for entry in entries if entry.frames not in held_out),
        tuple(entry for entry in entries if entry.frames in held_out),
    )
