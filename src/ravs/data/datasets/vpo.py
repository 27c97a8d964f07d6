"""VPO: images of COCO with recordings of VGGSound, one (VPO-SS) or several (VPO-MS, VPO-MSMI) for each image.

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
AUDIO_FOLDER_WORDS = ("vgg", "audio", "sound")  # in names of folders that may hold the recordings


@dataclass(frozen=True, kw_only=True)
class Vpo(ImageDataset):
    """Clips of one second: an image, and the middle second of its recordings."""

    frame_time_s = 0.5  # a still image
    subsets_are_datasets: ClassVar = True

    table: LabelTable = field(compare=False, repr=False)
    parts: tuple[Path, ...]  # folders of VPO-SS, VPO-MS and VPO-MSMI, if present

    def exclusive_folders(self) -> Iterator[Path]:
        """As `AvsDataset.exclusive_folders`: without the recordings, of which VGGSound has more."""
        yield from (part / name for part in self.parts for name in ("data", "mask"))

    def select(self, split: str | None = None, subset: str | None = None) -> tuple[Entry, ...]:
        """As `AvsDataset.select`. "val" means test, since rows of that split are read as test, as in CAVP."""
        return super().select("test" if split == "val" else split, subset)

    def read_mask(self, path: Path) -> Labels:
        """As `AvsDataset.read_mask`."""
        return read_labels(path, self.table)

    def mask_values(self) -> UInt8[np.ndarray, "256"]:
        """As `AvsDataset.mask_values`: COCO categories, or indices."""
        values = super().mask_values()
        stored = np.flatnonzero((self.table >= 0) & (self.table != IGNORE_INDEX))
        values[self.table[stored]] = stored
        return values

    def read_audio(self, entry: Entry) -> tuple[Waveform, int]:
        """As `ImageDataset.read_audio`: the sum of all recordings, panned if they have positions."""
        return read_mixed_second(entry.sources)


def open_vpo(root: Path, *, stereo: bool = True) -> Vpo:
    """Open VPO: a folder that is, or contains, one or more of VPO-SS, VPO-MS and VPO-MSMI.

    Args:
        root: the folder; recordings are searched below and beside it.
        stereo: pan recordings to the positions of their objects, instead of summing them in mono.

    Raises: InputError if none is found, or the metadata do not fit.
    """
    folders = {
        subset: folder for subset, table in VPO_METADATA_FILES.items() if (folder := find_folder_with(root, table))
    }
    if not folders:
        raise InputError(f"{root}: holds none of {', '.join(VPO_METADATA_FILES.values())}, by which VPO is known")
    values, description = _mask_values(tuple(folders.values()))
    audio_folder = _find_audio_folder(root, next(iter(folders.values())))
    parts = [
        VpoPart(
            subset=subset,
            table=folder / VPO_METADATA_FILES[subset],
            ms_folder=folders.get("VPO-MS", folder.parent / "VPO-MS"),
            audio_folder=audio_folder,
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
        duplicate_names=tuple(name for part in parts for name in part.duplicate_names()),
        metadata_problems=(
            *(problem for part in parts for problem in part.problems()),
            *_misplaced_audio(audio_folder, entries),
        ),
        parts=tuple(folders.values()),
        published=published_counts(*folders) if values is VPO_VALUES else {},
        notes=(
            f"mask values: {description}",
            f"sound: {audio_folder}{'' if audio_folder.is_dir() else ', which is not there'}",
            *_describe_storage(entries),
        ),
        table=label_table({value: index for index, value in enumerate(values.values())}),
    )


def _mask_values(folders: Sequence[Path]) -> tuple[dict[str, int], str]:
    """The value of each class in masks, in index order, and a description of these values.

    They are indices if there is a label2idx.json beside the metadata, else COCO categories. Raises: InputError if the
    folders disagree.
    """
    files = [folder / "label2idx.json" for folder in folders]
    found = {read_classes(path) if path.exists() else () for path in files}
    if len(found) > 1:
        raise InputError(f"{folders[0].parent}: parts have other classes; open one of {', '.join(map(str, folders))}")
    if classes := found.pop():
        return {name: index for index, name in enumerate(classes)}, "indices, by the values of label2idx.json"
    return VPO_VALUES, "categories of COCO"


def _find_audio_folder(root: Path, folder: Path) -> Path:
    """The folder of the recordings, below or beside the root or a part; the expected place if there is none."""
    bases = dict.fromkeys((root, folder, *root.resolve().parents[:2], *folder.resolve().parents[:2]))
    candidates = [base / place for base in bases for place in AUDIO_FOLDERS]
    return next((path for path in candidates if path.is_dir()), folder.parent.parent / AUDIO_FOLDERS[0])


def _misplaced_audio(expected: Path, entries: Sequence[Entry]) -> Iterator[Problem]:
    """A problem that points to the recordings, if the expected folder does not exist."""
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
    """Lines for the report, by subset: the format of the first mask, and whether recordings have positions."""
    for subset in sorted({entry.subset for entry in entries}):
        first = next(entry for entry in entries if entry.subset == subset)
        assert first.masks[0] is not None
        with_positions = "with" if first.sources[0].position is not None else "without"
        yield f"{subset}: masks {describe_mask_format(first.masks[0])}, recordings {with_positions} positions"
