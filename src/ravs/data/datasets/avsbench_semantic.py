"""AVSBench-semantic: v1s, v1m and v2 with a class for each pixel; v1s and v1m also as S4 and MS3, as in later papers.

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
from ravs.data.datasets.metadata import describe_positional_columns, find_folders_with, names_in_folder, read_rows
from ravs.data.mask_files import Labels, LabelTable, describe_mask_format, label_table, read_labels
from ravs.errors import InputError

COLUMNS = {"uid": 1, "split": 5, "label": 6, "a_obj": None}
METADATA_FILES = (METADATA_FILE, FRAME_METADATA_FILE)  # the first one found is read
VIDEOS = (".mp4", ".mkv", ".webm", ".mov", ".avi")
COMPANION_NAMES = (*LABEL_FOLDERS, "audio.pkl", "audios", "pre_SAM_mask")
BINARY_SUBSETS = {"v1s": "s4", "v1m": "ms3"}  # names of the subsets with binary masks


@dataclass(frozen=True, kw_only=True)
class AvsBenchSemantic(ImageDataset):
    """A folder for each video with frames, labels and audio.wav. Frames have the size of the video."""

    table: LabelTable = field(compare=False, repr=False)
    class_source: Path  # the file with the class names
    by_frame: bool = False  # DDESeg's layout: a wav file for each second

    def read_mask(self, path: Path) -> Labels:
        """As `AvsDataset.read_mask`; masks of labels_rgb are read by color."""
        return read_labels(path, self.table, by_color=path.parent.name == "labels_rgb")

    def copies(self, entry: Entry) -> Iterator[tuple[Path, Path]]:
        """As `AvsDataset.copies`: labels_rgb, which AVSBench's loader reads, if any video has it."""
        if self._has_color_labels:
            for mask in entry.masks:
                if mask is not None and mask.parent.name == LABEL_FOLDERS[0]:
                    yield mask.parent.with_name(LABEL_FOLDERS[1]) / mask.name, mask

    @cached_property
    def _has_color_labels(self) -> bool:
        return any((_video_folder(entry) / LABEL_FOLDERS[1]).is_dir() for entry in self.entries)

    def disagreements(self, classes_in_masks: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """As `AvsDataset.disagreements`: a_obj of the metadata has the sounding classes of each video."""
        if not self.binary:
            yield from class_disagreements(self.class_source, self.classes, self.entries, classes_in_masks)

    def exclusive_folders(self) -> Iterator[Path]:
        """As `AvsDataset.exclusive_folders`: the subsets, including those that the metadata do not list."""
        found = {_video_folder(entry).parent for entry in self.entries}
        yield from found | {folder.parent / subset for folder in found for subset, _ in self.published}

    def is_companion(self, name: str) -> bool:
        """As `AvsDataset.is_companion`: other labels, raw videos, and files derived by COMBO, VCT and DDESeg."""
        if self.by_frame and (name == "audio.wav" or name.endswith(".jpg")):  # frames without a row
            return True
        return name in COMPANION_NAMES or name.startswith("processed_") or name.lower().endswith(VIDEOS)

    def wav_of(self, entry: Entry) -> Path | None:
        """As `AvsDataset.wav_of`."""
        return None if self.by_frame else entry.sources[0].path

    def read_audio(self, entry: Entry) -> tuple[Waveform, int]:
        """As `ImageDataset.read_audio`; wav files of single seconds are concatenated."""
        if self.by_frame:
            return read_concatenated([source.path for source in entry.sources])
        return super().read_audio(entry)

    def recording_s(self, entry: Entry) -> int:
        """As `AvsDataset.recording_s`."""
        return 1 if self.by_frame else super().recording_s(entry)

    def video_of(self, entry: Entry) -> Path | None:
        """As `AvsDataset.video_of`: any video in the entry's folder; the set is published without videos."""
        folder = _video_folder(entry)
        return next((folder / name for name in sorted(names_in_folder(folder)) if name.lower().endswith(VIDEOS)), None)


def open_avsbench_semantic(root: Path, *, binary: bool = False) -> AvsBenchSemantic:
    """Open AVSBench-semantic: a folder with metadata.csv and label2idx.json, whose values are those of the masks.

    Args:
        root: the folder, or one above it; also in DDESeg's layout, with metadata_w_silent.csv.
        binary: v1s and v1m alone, as s4 and ms3, with masks of everything but background.

    Raises: InputError if metadata or label2idx.json are missing or invalid, or the only frames are COMBO's.
    """
    table = _find_metadata(root)
    folder, by_frame = table.parent, table.name == FRAME_METADATA_FILE
    class_file = folder / "label2idx.json"
    classes = read_classes(class_file) if class_file.exists() else AVSS_CLASSES
    rows = read_rows(table, COLUMNS, optional=("a_obj",))
    entries, repeated = unique_entries(_entries(table, rows, classes, BINARY_SUBSETS if binary else None))
    if not entries:
        raise InputError(f"{table}: names no video of v1s or v1m")
    return AvsBenchSemantic(
        title="AVSBench-semantic as S4 and MS3" if binary else "AVSBench-semantic",
        root=root,
        classes=BINARY_CLASSES if binary else classes,
        entries=entries,
        duplicate_names=repeated,
        published=_published_counts(entries, binary),
        notes=(
            *describe_positional_columns(table, COLUMNS),
            *((f"{FRAME_METADATA_FILE}: DDESeg's layout, a row and a wav for each frame",) if by_frame else ()),
            f"classes: {len(classes)}, {'by the values of label2idx.json' if class_file.exists() else 'as published'}",
            *_describe_storage(entries),
        ),
        metadata_problems=() if binary else tuple(unknown_names(table, rows, classes)),
        class_source=class_file if class_file.exists() else table,
        by_frame=by_frame,
        table=label_table({index: min(index, 1) if binary else index for index in range(len(classes))}),
    )


def _find_metadata(root: Path) -> Path:
    """The metadata file. Raises: InputError if there is none, or if several folders have one."""
    found = [folder / name for name, folder in find_folders_with(root, METADATA_FILES)]
    if not found:
        raise InputError(f"{root}: holds no {METADATA_FILE}, by which AVSBench-semantic is known")
    if len({table.parent for table in found}) > 1:
        raise InputError(f"{root} holds several sets: name one of {', '.join(str(table.parent) for table in found)}")
    return found[0]


def _published_counts(entries: Sequence[Entry], binary: bool) -> dict[tuple[str, str], int]:
    """Published numbers of videos by subset and split; none for a data set of one's own."""
    if binary:
        return {
            (BINARY_SUBSETS[subset], split): count
            for (subset, split), count in published_counts(*BINARY_SUBSETS).items()
        }
    return published_counts(*SUBSET_SECONDS) if any(entry.subset in SUBSET_SECONDS for entry in entries) else {}


def _entries(
    table: Path, rows: Sequence[Mapping[str, str]], classes: tuple[str, ...], renamed: Mapping[str, str] | None
) -> Iterator[Entry]:
    """Entries in the order of the metadata; with `renamed`, only those subsets, under their new names."""
    by_frame = table.name == FRAME_METADATA_FILE
    videos = group_by_video(table, rows) if by_frame else [(row, frozenset[int]()) for row in rows]
    video_folders = [table.parent / row["label"] / row["uid"] for row, _ in videos]
    refuse_processed_frames(video_folders)
    for (row, numbers), video_folder in zip(videos, video_folders, strict=True):
        if renamed is not None and row["label"] not in renamed:
            continue
        files = frame_files(video_folder, numbers) if by_frame else published_files(video_folder, row)
        yield Entry(
            name=f"{row['label']}/{row['uid']}",
            split=row["split"],
            subset=row["label"] if renamed is None else renamed[row["label"]],
            **files._asdict(),
            sounding=tuple(dict.fromkeys(name for name in row["a_obj"].split("_") if name in classes[1:])),
        )


def _video_folder(entry: Entry) -> Path:
    """The folder of an entry's video."""
    return entry.frames[0].parent.parent


def _describe_storage(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Lines for the report, by subset: the label folders and the format of the first mask in each."""
    for subset in sorted({entry.subset for entry in entries}):
        masks = [entry.masks[0] for entry in entries if entry.subset == subset]
        counts = Counter(mask.parent.name for mask in masks if mask)
        for folder, count in counts.items():
            first = next(mask for mask in masks if mask and mask.parent.name == folder)
            of = f" of {count} video{'s' * (count != 1)}" if len(counts) > 1 else ""
            yield f"{subset}: masks {describe_mask_format(first)}, in {folder}{of}"
