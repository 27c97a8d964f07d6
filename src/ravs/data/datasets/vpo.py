"""VPO: still pictures of COCO with recordings of VGGSound, one (VPO-SS) or several (VPO-MS, VPO-MSMI) a picture.

Source: config and dataset/vpo_mono, vpo_stereo of cyh-0/CAVP (96a6c34).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import Entry, Problem
from ravs.data.datasets.constants import VPO_VALUES, published_counts
from ravs.data.datasets.dataset_audio import Waveform, read_mixed_second
from ravs.data.datasets.image_dataset import ImageDataset
from ravs.data.datasets.label2idx import read_classes
from ravs.data.datasets.metadata import find_folder_with
from ravs.data.datasets.vpo_metadata import VpoPart
from ravs.data.mask_files import Labels, LabelTable, describe_mask_format, label_table, read_labels
from ravs.errors import InputError

VPO_METADATA_FILES = {
    "VPO-SS": "vpo_ss_data_stereo.csv",
    "VPO-MS": "vpo_ms_data_stereo.csv",
    "VPO-MSMI": "vpo_msmi_data_stereo.csv",
}
AUDIO_FOLDERS = ("vggsound_bench/VGGSound/audios", "vggsound_bench/audios", "VGGSound/audios", "audios")
AUDIO_FOLDER_WORDS = ("vgg", "audio", "sound")  # in the name of a folder that may hold recordings


@dataclass(frozen=True, kw_only=True)
class Vpo(ImageDataset):
    """A picture is a clip of one second: the middle one of its recordings."""

    shown_s = 0.5  # a still picture, shown all the time
    apart: ClassVar = True

    table: LabelTable = field(compare=False, repr=False)
    parts: tuple[Path, ...]  # folders of VPO-SS, VPO-MS, VPO-MSMI; those that are there

    def areas(self) -> Iterator[Path]:
        """As `AvsDataset.areas`: not the recordings, which VGGSound has more of."""
        yield from (part / name for part in self.parts for name in ("data", "mask"))

    def select(self, split: str | None = None, subset: str | None = None) -> tuple[Entry, ...]:
        """As `AvsDataset.select`. "val" is test: rows of that split are read as test, as the peers have it."""
        return super().select("test" if split == "val" else split, subset)

    def read_mask(self, path: Path) -> Labels:
        """As `ImageDataset.read_mask`."""
        return read_labels(path, self.table)

    def mask_values(self) -> UInt8[np.ndarray, "256"]:
        """As `AvsDataset.mask_values`: categories of COCO, or indices."""
        values = super().mask_values()
        stored = np.flatnonzero((self.table >= 0) & (self.table != IGNORE_INDEX))
        values[self.table[stored]] = stored
        return values

    def read_sound(self, entry: Entry) -> tuple[Waveform, int]:
        """As `ImageDataset.read_sound`: every recording, panned if it has a position."""
        return read_mixed_second(entry.sources)


def open_vpo(root: Path, *, stereo: bool = True) -> Vpo:
    """The set of a folder that holds one or more of VPO-SS, VPO-MS and VPO-MSMI, or is one of them.

    Args:
        root: the folder; the recordings lie below it or beside it.
        stereo: recordings are panned to where their things are; else they are summed in mono.

    Raises: InputError if none is there, or a table does not fit.
    """
    folders = {
        subset: folder for subset, table in VPO_METADATA_FILES.items() if (folder := find_folder_with(root, table))
    }
    if not folders:
        raise InputError(f"{root}: holds none of {', '.join(VPO_METADATA_FILES.values())}, by which VPO is known")
    values, words = _mask_values(tuple(folders.values()))
    sounds = _find_audio_folder(root, next(iter(folders.values())))
    parts = [
        VpoPart(
            subset=subset,
            table=folder / VPO_METADATA_FILES[subset],
            lender=folders.get("VPO-MS", folder.parent / "VPO-MS"),
            sounds=sounds,
            values=values,
            stereo=stereo,
        )
        for subset, folder in folders.items()
    ]
    entries = tuple(entry for part in parts for entry in part.entries())
    return Vpo(
        title=f"VPO, {'stereo' if stereo else 'mono'}",
        root=root,
        classes=tuple(values),
        entries=entries,
        repeated=tuple(name for part in parts for name in part.repeated()),
        faults=(*(fault for part in parts for fault in part.faults()), *_misplaced_audio(sounds, entries)),
        parts=tuple(folders.values()),
        published=published_counts(*folders) if values is VPO_VALUES else {},
        found=(
            f"mask values: {words}",
            f"sound: {sounds}{'' if sounds.is_dir() else ', which is not there'}",
            *_describe_storage(entries),
        ),
        table=label_table({value: index for index, value in enumerate(values.values())}),
    )


def _mask_values(folders: Sequence[Path]) -> tuple[dict[str, int], str]:
    """The classes in their order with their values in masks, and in words what these are.

    They are indices where a label2idx.json lies beside the metadata, else COCO's numbers. Raises: InputError if parts
    of the set differ in this.
    """
    files = [folder / "label2idx.json" for folder in folders]
    found = {read_classes(path) if path.exists() else () for path in files}
    if len(found) > 1:
        raise InputError(f"{folders[0].parent}: parts have other classes; open one of {', '.join(map(str, folders))}")
    if classes := found.pop():
        return {name: index for index, name in enumerate(classes)}, "indices, by the values of label2idx.json"
    return VPO_VALUES, "categories of COCO"


def _find_audio_folder(root: Path, folder: Path) -> Path:
    """The folder of the recordings: inside or beside what was given, or beside its parts; where it should be if not."""
    bases = dict.fromkeys((root, folder, *root.resolve().parents[:2], *folder.resolve().parents[:2]))
    places = [base / place for base in bases for place in AUDIO_FOLDERS]
    return next((place for place in places if place.is_dir()), folder.parent.parent / AUDIO_FOLDERS[0])


def _misplaced_audio(expected: Path, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Where the recordings are, if the folder that should hold them is not there."""
    if expected.is_dir() or not entries:
        return
    name = entries[0].sources[0].path.name
    base = expected.parents[2]
    likely = [path for path in sorted(base.iterdir()) if any(word in path.name.lower() for word in AUDIO_FOLDER_WORDS)]
    for depth in ("", "*/", "*/*/", "*/*/*/"):
        for found in (path for folder in likely for path in folder.glob(f"{depth}{name}")):
            text = f"the recordings should lie in {expected}, which is not there; found {name} in {found.parent}"
            yield Problem(expected, "missing", f"{text}: move or link that folder to the first place")
            return


def _describe_storage(entries: Sequence[Entry]) -> Iterator[str]:
    """Of each part, how the first mask is stored, and whether its recordings have places."""
    for subset in sorted({entry.subset for entry in entries}):
        first = next(entry for entry in entries if entry.subset == subset)
        assert first.masks[0] is not None
        placed = "with" if first.sources[0].position is not None else "without"
        yield f"{subset}: masks {describe_mask_format(first.masks[0])}, recordings {placed} positions"
