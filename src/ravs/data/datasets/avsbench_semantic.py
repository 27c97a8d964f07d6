"""AVSBench-semantic: v1s, v1m and v2 with a class for each pixel; also seen as S4 and MS3, as later papers do.

Source: avss/color_dataloader.py of OpenNLPLab/AVSBench (f7414af); positions of columns: yannqi/COMBO-AVS (cb8af1c).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ravs.config.labels import AVSS_CLASSES
from ravs.data.datasets.avsbench_semantic_files import (
    FRAME_METADATA_FILE,
    LABEL_FOLDERS,
    METADATA_FILE,
    SUBSET_SECONDS,
    frame_files,
    group_by_video,
    published_files,
    refuse_processed_frames,
)
from ravs.data.datasets.base import BINARY_CLASSES, Entry, Problem, unique_entries
from ravs.data.datasets.constants import published_counts
from ravs.data.datasets.dataset_audio import Waveform, read_concatenated
from ravs.data.datasets.image_dataset import ImageDataset
from ravs.data.datasets.label2idx import class_disagreements, read_classes, unknown_names
from ravs.data.datasets.metadata import describe_positional_columns, find_folders_with, list_names, read_rows
from ravs.data.mask_files import Labels, LabelTable, describe_mask_format, label_table, read_labels
from ravs.errors import InputError

COLUMNS = {"uid": 1, "split": 5, "label": 6, "a_obj": None}
METADATA_FILES = (METADATA_FILE, FRAME_METADATA_FILE)  # the published one counts where both are there
VIDEOS = (".mp4", ".mkv", ".webm", ".mov", ".avi")
COMPANION_NAMES = (*LABEL_FOLDERS, "audio.pkl", "audios", "pre_SAM_mask")
BINARY_SUBSETS = {"v1s": "s4", "v1m": "ms3"}  # what the subsets are called once they tell sounding from silent only


@dataclass(frozen=True, kw_only=True)
class AvsBenchSemantic(ImageDataset):
    """A folder for each video: frames, labels and audio.wav. Pictures keep the size of their video."""

    table: LabelTable = field(compare=False, repr=False)
    named: Path  # the file that the class names are from
    by_frame: bool = False  # DDESeg's layout: each second has a wav of its own

    def read_mask(self, path: Path) -> Labels:
        """As `ImageDataset.read_mask`; colours count where only labels_rgb is there."""
        return read_labels(path, self.table, coloured=path.parent.name == "labels_rgb")

    def copies(self, entry: Entry) -> Iterator[tuple[Path, Path]]:
        """As `AvsDataset.copies`: labels_rgb, which AVSBench's own loader reads, where any video has it."""
        if self._has_colours:
            for mask in entry.masks:
                if mask is not None and mask.parent.name == LABEL_FOLDERS[0]:
                    yield mask.parent.with_name(LABEL_FOLDERS[1]) / mask.name, mask

    @cached_property
    def _has_colours(self) -> bool:
        return any((_video_folder(entry) / LABEL_FOLDERS[1]).is_dir() for entry in self.entries)

    def disagreements(self, shown: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """As `AvsDataset.disagreements`: a_obj of metadata.csv names what sounds in each video."""
        if not self.binary:
            yield from class_disagreements(self.named, self.classes, self.entries, shown)

    def areas(self) -> Iterator[Path]:
        """As `AvsDataset.areas`: the subsets, those too that the metadata do not name."""
        found = {_video_folder(entry).parent for entry in self.entries}
        yield from found | {folder.parent / subset for folder in found for subset, _ in self.published}

    def companion(self, name: str) -> bool:
        """As `AvsDataset.companion`: the other labels, raw videos, and what COMBO, VCT and DDESeg derive."""
        if self.by_frame and (name == "audio.wav" or name.endswith(".jpg")):  # pictures that have no row
            return True
        return name in COMPANION_NAMES or name.startswith("processed_") or name.lower().endswith(VIDEOS)

    def wav_of(self, entry: Entry) -> Path | None:
        """As `AvsDataset.wav_of`."""
        return None if self.by_frame else entry.sources[0].path

    def read_sound(self, entry: Entry) -> tuple[Waveform, int]:
        """As `ImageDataset.read_sound`; where each second has a wav, one after the other."""
        if self.by_frame:
            return read_concatenated([source.path for source in entry.sources])
        return super().read_sound(entry)

    def heard_s(self, entry: Entry) -> int:
        """As `AvsDataset.heard_s`."""
        return 1 if self.by_frame else super().heard_s(entry)

    def video_of(self, entry: Entry) -> Path | None:
        """As `AvsDataset.video_of`: any video in the entry's folder, since the set is published without."""
        home = _video_folder(entry)
        return next((home / name for name in sorted(list_names(home)) if name.lower().endswith(VIDEOS)), None)


def open_avsbench_semantic(root: Path, *, binary: bool = False) -> AvsBenchSemantic:
    """The set of a folder that holds metadata.csv and label2idx.json, whose values tell what masks hold.

    Args:
        root: the folder, or one that holds it; also in DDESeg's layout, with metadata_w_silent.csv.
        binary: only v1s and v1m, as s4 and ms3: whatever is not background sounds.

    Raises: InputError if the table is not there or does not fit, label2idx.json is none, or pictures are COMBO's alone.
    """
    table = _find_metadata(root)
    folder, by_frame = table.parent, table.name == FRAME_METADATA_FILE
    named = folder / "label2idx.json"
    classes = read_classes(named) if named.exists() else AVSS_CLASSES
    rows = read_rows(table, COLUMNS, optional=("a_obj",))
    entries, repeated = unique_entries(_entries(table, rows, classes, BINARY_SUBSETS if binary else None))
    if not entries:
        raise InputError(f"{table}: names no video of v1s or v1m")
    return AvsBenchSemantic(
        title="AVSBench-semantic as S4 and MS3" if binary else "AVSBench-semantic",
        root=root,
        classes=BINARY_CLASSES if binary else classes,
        entries=entries,
        repeated=repeated,
        published=_published_counts(entries, binary),
        found=(
            *describe_positional_columns(table, COLUMNS),
            *((f"{FRAME_METADATA_FILE}: DDESeg's layout, a row and a wav for each frame",) if by_frame else ()),
            f"classes: {len(classes)}, {'by the values of label2idx.json' if named.exists() else 'as published'}",
            *_describe_storage(entries),
        ),
        faults=() if binary else tuple(unknown_names(table, rows, classes)),
        named=named if named.exists() else table,
        by_frame=by_frame,
        table=label_table({index: min(index, 1) if binary else index for index in range(len(classes))}),
    )


def _find_metadata(root: Path) -> Path:
    """The table of the set. Raises: InputError if there is none, or one in several folders."""
    found = [folder / name for name, folder in find_folders_with(root, METADATA_FILES)]
    if not found:
        raise InputError(f"{root}: holds no {METADATA_FILE}, by which AVSBench-semantic is known")
    if len({table.parent for table in found}) > 1:
        raise InputError(f"{root} holds several sets: name one of {', '.join(str(table.parent) for table in found)}")
    return found[0]


def _published_counts(entries: Sequence[Entry], binary: bool) -> dict[tuple[str, str], int]:
    """Videos as published, by subset and split; none for a set of somebody's own."""
    if binary:
        return {
            (BINARY_SUBSETS[subset], split): count
            for (subset, split), count in published_counts(*BINARY_SUBSETS).items()
        }
    return published_counts(*SUBSET_SECONDS) if any(entry.subset in SUBSET_SECONDS for entry in entries) else {}


def _entries(
    table: Path, rows: Sequence[Mapping[str, str]], classes: tuple[str, ...], renamed: Mapping[str, str] | None
) -> Iterator[Entry]:
    """The videos of the table, in its order; with `renamed`, those of its subsets under their new names."""
    by_frame = table.name == FRAME_METADATA_FILE
    videos = group_by_video(table, rows) if by_frame else [(row, frozenset[int]()) for row in rows]
    homes = [table.parent / row["label"] / row["uid"] for row, _ in videos]
    refuse_processed_frames(homes)
    for (row, numbers), home in zip(videos, homes, strict=True):
        if renamed is not None and row["label"] not in renamed:
            continue
        files = frame_files(home, numbers) if by_frame else published_files(home, row)
        yield Entry(
            name=f"{row['label']}/{row['uid']}",
            split=row["split"],
            subset=row["label"] if renamed is None else renamed[row["label"]],
            **files._asdict(),
            sounding=tuple(dict.fromkeys(name for name in row["a_obj"].split("_") if name in classes[1:])),
        )


def _video_folder(entry: Entry) -> Path:
    """The folder of a video."""
    return entry.frames[0].parent.parent


def _describe_storage(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Of each subset, where its labels lie and how the first one of each folder is stored."""
    for subset in sorted({entry.subset for entry in entries}):
        masks = [entry.masks[0] for entry in entries if entry.subset == subset]
        counts = Counter(mask.parent.name for mask in masks if mask)
        for folder, count in counts.items():
            first = next(mask for mask in masks if mask and mask.parent.name == folder)
            of = f" of {count} video{'s' * (count != 1)}" if len(counts) > 1 else ""
            yield f"{subset}: masks {describe_mask_format(first)}, in {folder}{of}"
