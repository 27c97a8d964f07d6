"""Data sets written by `ravs compose` in their default format: a folder for each clip."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ravs.data.composition.composed_clip import look_alike_seconds, read_composed_clip
from ravs.data.composition.scene import SECONDS, SUBSETS
from ravs.data.datasets.base import AudioSource, AvsDataset, Entry
from ravs.data.mask_files import Labels, label_table, read_labels
from ravs.errors import InputError
from ravs.files import file_stamp, hash_lines
from ravs.structures.clip import LabelledClip


class ComposedDataset(AvsDataset):
    """OUT/SUBSET/NNN with video.mp4, masks and meta.json; and OUT/composed.json with split and classes."""

    unknown_folder_hint = "; it has no meta.json, by which a clip is known: compose it again"

    def exclusive_folders(self) -> Iterator[Path]:
        """As `AvsDataset.exclusive_folders`."""
        yield from (self.root / subset for subset in {*SUBSETS, *(entry.subset for entry in self.entries)})

    def is_companion(self, name: str) -> bool:
        """As `AvsDataset.is_companion`: the metadata of a clip."""
        return name == "meta.json"

    def read(self, entry: Entry) -> LabelledClip:
        """As `AvsDataset.read`."""
        return read_composed_clip(self.root / entry.name)

    def read_mask(self, path: Path) -> Labels:
        """As `AvsDataset.read_mask`."""
        return read_labels(path, label_table({index: index for index in range(len(self.classes))}))

    def stamp(self, entry: Entry) -> str:
        """As `AvsDataset.stamp`, including the clip's metadata."""
        return hash_lines([super().stamp(entry), file_stamp(self.root / entry.name / "meta.json")])

    def look_alike(self, entry: Entry) -> tuple[bool, ...]:
        """As `AvsDataset.look_alike`: from the metadata of the clip."""
        return look_alike_seconds(json.loads((self.root / entry.name / "meta.json").read_text(encoding="utf-8")))


def open_composed(root: Path) -> ComposedDataset:
    """Open a composed data set. Raises InputError if its composed.json has no classes or split."""
    settings = json.loads((root / "composed.json").read_text(encoding="utf-8"))
    if not {"classes", "split"} <= set(settings):
        raise InputError(f"{root / 'composed.json'}: names no classes or no split; compose the set again")
    folders = sorted(path.parent for path in root.glob("*/*/meta.json"))
    return ComposedDataset(
        title="composed set",
        root=root,
        classes=("background", *settings["classes"]),
        entries=tuple(_entry(root, folder, settings["split"]) for folder in folders),
    )


def _entry(root: Path, folder: Path, split: str) -> Entry:
    info: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    video = folder / "video.mp4"
    sounding = {obj["class"] for obj in info["objects"] if any(obj["sounding_seconds"]) and obj["index"]}
    return Entry(
        name=str(folder.relative_to(root).as_posix()),
        split=split,
        subset=str(info["subset"]),
        frames=(video,),
        masks=tuple(folder / "masks" / f"{second}.png" for second in range(SECONDS)),
        sources=(AudioSource(video),),
        sounding=tuple(sorted(sounding)),
    )
