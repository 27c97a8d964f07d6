"""AVSBench-semantic: v1s, v1m and v2 with a class for each pixel; also seen as S4 and MS3, as later papers do.

Source: avss/color_dataloader.py of OpenNLPLab/AVSBench (f7414af); positions of columns: yannqi/COMBO-AVS (cb8af1c).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ravs.data.sets.classes import disagreements, read_classes, unknown_names
from ravs.data.sets.entry import SOUNDING, Entry, Source, each_once
from ravs.data.sets.layout import by_position, folder_with, names_in, read_rows
from ravs.data.sets.masks import Labels, Lookup, lookup, mask_kind, read_labels
from ravs.data.sets.pictures import PictureSet
from ravs.data.sets.problem import Problem
from ravs.data.sets.tables import AVSS_CLASSES, published
from ravs.errors import InputError

TABLE = "metadata.csv"
COLUMNS = {"uid": 1, "split": 5, "label": 6, "a_obj": None}
LABELS = ("labels_semantic", "labels_rgb")  # the better one first
VIDEOS = (".mp4", ".mkv", ".webm", ".mov", ".avi")
COMPANIONS = (*LABELS, "audio.pkl", "audios", "pre_SAM_mask")
SECONDS = {"v1s": 5, "v1m": 5, "v2": 10}
FIRST_ONLY = ("v1s", "train")  # where nothing but the first second is labelled
BINARY_NAMES = {"v1s": "s4", "v1m": "ms3"}  # what the subsets are called once they tell sounding from silent only


@dataclass(frozen=True, kw_only=True)
class SemanticSet(PictureSet):
    """A folder for each video: frames, labels and audio.wav. Pictures keep the size of their video."""

    table: Lookup = field(compare=False, repr=False)
    named: Path  # the file that the class names are from

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
        return any((self.wav_of(entry).parent / LABELS[1]).is_dir() for entry in self.entries)

    def disagreements(self, shown: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """As `BenchmarkSet.disagreements`: a_obj of metadata.csv names what sounds in each video."""
        if not self.binary:
            yield from disagreements(self.named, self.classes, self.entries, shown)

    def areas(self) -> Iterator[Path]:
        """As `BenchmarkSet.areas`: the subsets, those too that the metadata do not name."""
        found = {self.wav_of(entry).parent.parent for entry in self.entries}
        yield from found | {folder.parent / subset for folder in found for subset, _ in self.published}

    def companion(self, name: str) -> bool:
        """As `BenchmarkSet.companion`: the other labels, raw videos, and what COMBO, VCT and DDESeg derive."""
        return name in COMPANIONS or name.startswith("processed_") or name.lower().endswith(VIDEOS)

    def wav_of(self, entry: Entry) -> Path:
        """As `BenchmarkSet.wav_of`."""
        return entry.sources[0].path

    def video_of(self, entry: Entry) -> Path | None:
        """As `BenchmarkSet.video_of`: any video in the entry's folder, since the set is published without."""
        home = self.wav_of(entry).parent
        return next((home / name for name in sorted(names_in(home)) if name.lower().endswith(VIDEOS)), None)


def open_semantic(root: Path, *, binary: bool = False) -> SemanticSet:
    """The set of a folder that holds metadata.csv and label2idx.json, whose values tell what masks hold.

    Args:
        root: the folder, or one that holds it.
        binary: only v1s and v1m, as s4 and ms3: whatever is not background sounds.

    Raises: InputError if the table is not there or does not fit, or label2idx.json is none.
    """
    folder = folder_with(root, TABLE)
    if folder is None:
        raise InputError(f"{root}: holds no {TABLE}, by which AVSBench-semantic is known")
    named = folder / "label2idx.json"
    classes = read_classes(named) if named.exists() else AVSS_CLASSES
    rows = read_rows(folder / TABLE, COLUMNS, optional=("a_obj",))
    videos = _entries(folder, rows, classes, BINARY_NAMES if binary else None)
    entries, repeated = each_once(videos)
    if not entries:
        raise InputError(f"{folder / TABLE}: names no video of v1s or v1m")
    counts = {}
    if binary:
        counts = {(BINARY_NAMES[subset], split): count for (subset, split), count in published(*BINARY_NAMES).items()}
    elif any(entry.subset in SECONDS for entry in entries):  # else it is a set of somebody's own
        counts = published(*SECONDS)
    return SemanticSet(
        title="AVSBench-semantic as S4 and MS3" if binary else "AVSBench-semantic",
        root=root,
        classes=SOUNDING if binary else classes,
        entries=entries,
        repeated=repeated,
        published=counts,
        found=(
            *by_position(folder / TABLE, COLUMNS),
            f"classes: {len(classes)}, {'by the values of label2idx.json' if named.exists() else 'as published'}",
            *_found(entries),
        ),
        faults=() if binary else tuple(unknown_names(folder / TABLE, rows, classes)),
        named=named if named.exists() else folder / TABLE,
        table=lookup({index: min(index, 1) if binary else index for index in range(len(classes))}),
    )


def _entries(
    folder: Path, rows: Iterable[Mapping[str, str]], classes: tuple[str, ...], renamed: Mapping[str, str] | None
) -> Iterator[Entry]:
    """The videos of the table, in its order; with `renamed`, those of its subsets under their new names."""
    for row in rows:
        subset, home = row["label"], folder / row["label"] / row["uid"]
        if renamed is not None and subset not in renamed:
            continue
        names = _frame_names(home, subset)
        masks = _mask_paths(home, names)
        first_only = (subset, row["split"]) == FIRST_ONLY
        yield Entry(
            name=f"{subset}/{row['uid']}",
            split=row["split"],
            subset=subset if renamed is None else renamed[subset],
            frames=tuple(home / "frames" / name for name in names),
            masks=tuple(None if first_only and second else mask for second, mask in enumerate(masks)),
            sources=(Source(home / "audio.wav"),),
            sounding=tuple(dict.fromkeys(name for name in row["a_obj"].split("_") if name in classes[1:])),
        )


def _mask_paths(home: Path, names: Sequence[str]) -> list[Path]:
    """One for each picture, in the better folder that has the first of them, else in one that is there at all."""
    masks = [f"{name.rpartition('.')[0]}.png" for name in names]
    folders = [home / name for name in LABELS]
    whole = [folder for folder in folders if (folder / masks[0]).is_file()]
    folder = (whole or [folder for folder in folders if folder.is_dir()] or folders)[0]
    return [folder / mask for mask in masks]


def _frame_names(home: Path, subset: str) -> list[str]:
    """Of a video's pictures; of a subset that was not published (a composed one) the folder is listed."""
    if subset in SECONDS:
        return [f"{second}.jpg" for second in range(SECONDS[subset])]
    names = [name for name in names_in(home / "frames") if name.partition(".")[0].isdigit()]
    if not names:
        raise InputError(f"{home / 'frames'}: holds no picture; {home.parent.parent / TABLE} names the video")
    return sorted(names, key=lambda name: int(name.partition(".")[0]))


def _found(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Of each subset, where its labels lie and how the first one of each folder is stored."""
    for subset in sorted({entry.subset for entry in entries}):
        masks = [entry.masks[0] for entry in entries if entry.subset == subset]
        counts = Counter(mask.parent.name for mask in masks if mask)
        for folder, count in counts.items():
            first = next(mask for mask in masks if mask and mask.parent.name == folder)
            of = f" of {count} video{'s' * (count != 1)}" if len(counts) > 1 else ""
            yield f"{subset}: masks {mask_kind(first)}, in {folder}{of}"
