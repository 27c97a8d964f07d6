"""AVSBench-semantic: v1s, v1m and v2 with a class for each pixel; also seen as S4 and MS3, as later papers do.

Source: avss/color_dataloader.py of OpenNLPLab/AVSBench (f7414af); positions of columns: yannqi/COMBO-AVS (cb8af1c).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ravs.data.datasets.avsbench_semantic_files import (
    FRAME_TABLE,
    LABELS,
    SECONDS,
    TABLE,
    by_video,
    check_processed,
    frame_files,
    published_files,
)
from ravs.data.datasets.base import SOUNDING, Entry, each_once
from ravs.data.datasets.constants import AVSS_CLASSES, published
from ravs.data.datasets.dataset_audio import Waveform, read_in_turn
from ravs.data.datasets.image_dataset import PictureSet
from ravs.data.datasets.label2idx import disagreements, read_classes, unknown_names
from ravs.data.datasets.metadata import by_position, folders_with, names_in, read_rows
from ravs.data.datasets.problem import Problem
from ravs.data.mask_files import Labels, Lookup, lookup, mask_kind, read_labels
from ravs.errors import InputError

COLUMNS = {"uid": 1, "split": 5, "label": 6, "a_obj": None}
TABLES = (TABLE, FRAME_TABLE)  # the published one counts where both are there
VIDEOS = (".mp4", ".mkv", ".webm", ".mov", ".avi")
COMPANIONS = (*LABELS, "audio.pkl", "audios", "pre_SAM_mask")
BINARY_NAMES = {"v1s": "s4", "v1m": "ms3"}  # what the subsets are called once they tell sounding from silent only


@dataclass(frozen=True, kw_only=True)
class SemanticSet(PictureSet):
    """A folder for each video: frames, labels and audio.wav. Pictures keep the size of their video."""

    table: Lookup = field(compare=False, repr=False)
    named: Path  # the file that the class names are from
    by_frame: bool = False  # DDESeg's layout: each second has a wav of its own

    def read_mask(self, path: Path) -> Labels:
        """As `PictureSet.read_mask`; colours count where only labels_rgb is there."""
        return read_labels(path, self.table, coloured=path.parent.name == "labels_rgb")

    def copies(self, entry: Entry) -> Iterator[tuple[Path, Path]]:
        """As `BenchmarkSet.copies`: labels_rgb, which AVSBench's own loader reads, where any video has it."""
        if self._has_colours:
            for mask in entry.masks:
                if mask is not None and mask.parent.name == LABELS[0]:
                    yield mask.parent.with_name(LABELS[1]) / mask.name, mask

    @cached_property
    def _has_colours(self) -> bool:
        return any((_home(entry) / LABELS[1]).is_dir() for entry in self.entries)

    def disagreements(self, shown: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """As `BenchmarkSet.disagreements`: a_obj of metadata.csv names what sounds in each video."""
        if not self.binary:
            yield from disagreements(self.named, self.classes, self.entries, shown)

    def areas(self) -> Iterator[Path]:
        """As `BenchmarkSet.areas`: the subsets, those too that the metadata do not name."""
        found = {_home(entry).parent for entry in self.entries}
        yield from found | {folder.parent / subset for folder in found for subset, _ in self.published}

    def companion(self, name: str) -> bool:
        """As `BenchmarkSet.companion`: the other labels, raw videos, and what COMBO, VCT and DDESeg derive."""
        if self.by_frame and (name == "audio.wav" or name.endswith(".jpg")):  # pictures that have no row
            return True
        return name in COMPANIONS or name.startswith("processed_") or name.lower().endswith(VIDEOS)

    def wav_of(self, entry: Entry) -> Path | None:
        """As `BenchmarkSet.wav_of`."""
        return None if self.by_frame else entry.sources[0].path

    def read_sound(self, entry: Entry) -> tuple[Waveform, int]:
        """As `PictureSet.read_sound`; where each second has a wav, one after the other."""
        if self.by_frame:
            return read_in_turn([source.path for source in entry.sources])
        return super().read_sound(entry)

    def heard_s(self, entry: Entry) -> int:
        """As `BenchmarkSet.heard_s`."""
        return 1 if self.by_frame else super().heard_s(entry)

    def video_of(self, entry: Entry) -> Path | None:
        """As `BenchmarkSet.video_of`: any video in the entry's folder, since the set is published without."""
        home = _home(entry)
        return next((home / name for name in sorted(names_in(home)) if name.lower().endswith(VIDEOS)), None)


def open_semantic(root: Path, *, binary: bool = False) -> SemanticSet:
    """The set of a folder that holds metadata.csv and label2idx.json, whose values tell what masks hold.

    Args:
        root: the folder, or one that holds it; also in DDESeg's layout, with metadata_w_silent.csv.
        binary: only v1s and v1m, as s4 and ms3: whatever is not background sounds.

    Raises: InputError if the table is not there or does not fit, label2idx.json is none, or pictures are COMBO's alone.
    """
    table = _table(root)
    folder, by_frame = table.parent, table.name == FRAME_TABLE
    named = folder / "label2idx.json"
    classes = read_classes(named) if named.exists() else AVSS_CLASSES
    rows = read_rows(table, COLUMNS, optional=("a_obj",))
    entries, repeated = each_once(_entries(table, rows, classes, BINARY_NAMES if binary else None))
    if not entries:
        raise InputError(f"{table}: names no video of v1s or v1m")
    return SemanticSet(
        title="AVSBench-semantic as S4 and MS3" if binary else "AVSBench-semantic",
        root=root,
        classes=SOUNDING if binary else classes,
        entries=entries,
        repeated=repeated,
        published=_counts(entries, binary),
        found=(
            *by_position(table, COLUMNS),
            *((f"{FRAME_TABLE}: DDESeg's layout, a row and a wav for each frame",) if by_frame else ()),
            f"classes: {len(classes)}, {'by the values of label2idx.json' if named.exists() else 'as published'}",
            *_found(entries),
        ),
        faults=() if binary else tuple(unknown_names(table, rows, classes)),
        named=named if named.exists() else table,
        by_frame=by_frame,
        table=lookup({index: min(index, 1) if binary else index for index in range(len(classes))}),
    )


def _table(root: Path) -> Path:
    """The table of the set. Raises: InputError if there is none, or one in several folders."""
    found = [folder / name for name, folder in folders_with(root, TABLES)]
    if not found:
        raise InputError(f"{root}: holds no {TABLE}, by which AVSBench-semantic is known")
    if len({table.parent for table in found}) > 1:
        raise InputError(f"{root} holds several sets: name one of {', '.join(str(table.parent) for table in found)}")
    return found[0]


def _counts(entries: Sequence[Entry], binary: bool) -> dict[tuple[str, str], int]:
    """Videos as published, by subset and split; none for a set of somebody's own."""
    if binary:
        return {(BINARY_NAMES[subset], split): count for (subset, split), count in published(*BINARY_NAMES).items()}
    return published(*SECONDS) if any(entry.subset in SECONDS for entry in entries) else {}


def _entries(
    table: Path, rows: Sequence[Mapping[str, str]], classes: tuple[str, ...], renamed: Mapping[str, str] | None
) -> Iterator[Entry]:
    """The videos of the table, in its order; with `renamed`, those of its subsets under their new names."""
    by_frame = table.name == FRAME_TABLE
    videos = by_video(table, rows) if by_frame else [(row, frozenset[int]()) for row in rows]
    homes = [table.parent / row["label"] / row["uid"] for row, _ in videos]
    check_processed(homes)
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


def _home(entry: Entry) -> Path:
    """The folder of a video."""
    return entry.frames[0].parent.parent


def _found(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Of each subset, where its labels lie and how the first one of each folder is stored."""
    for subset in sorted({entry.subset for entry in entries}):
        masks = [entry.masks[0] for entry in entries if entry.subset == subset]
        counts = Counter(mask.parent.name for mask in masks if mask)
        for folder, count in counts.items():
            first = next(mask for mask in masks if mask and mask.parent.name == folder)
            of = f" of {count} video{'s' * (count != 1)}" if len(counts) > 1 else ""
            yield f"{subset}: masks {mask_kind(first)}, in {folder}{of}"
