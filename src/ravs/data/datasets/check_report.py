"""The report of a check: counts of each subset and split beside the published ones, and problems."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry, Problem
from ravs.data.datasets.check_files import InspectedFile
from ravs.data.datasets.metadata import SPLITS


@dataclass(frozen=True, kw_only=True, slots=True)
class PartCounts:
    """Counts of one split of a subset."""

    subset: str
    split: str
    videos: int
    published: int | None  # number of videos; None: unknown
    frames: int
    labelled: int  # frames with a mask by the metadata
    masks: int  # masks that exist and can be read
    classes: tuple[str, ...]  # in the masks, without background


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of checking a data set."""

    title: str
    root: Path
    notes: tuple[str, ...]  # lines on how the files are stored
    counts: tuple[PartCounts, ...]
    problems: tuple[Problem, ...]

    def as_text(self) -> str:
        """A table of counts, and a line for each problem."""
        head = ("subset", "split", "videos", "published", "frames", "labelled", "masks", "classes")
        rows = [head, *(_cells(count) for count in self.counts)]
        found = f"{len(self.problems)} problem{'s' * (len(self.problems) != 1)}" if self.problems else "nothing wrong"
        about = [f"{self.root}: {self.title}", *self.notes, "", *_aligned(rows), "", *self.differences()]
        return "\n".join([*about, *map(str, self.problems), found])

    def differences(self) -> list[str]:
        """A line for parts with fewer videos than published, and one for parts with more."""
        known = [(count, count.published) for count in self.counts if count.published is not None]
        fewer = [_of(count, wanted) for count, wanted in known if count.videos < wanted]
        more = [_of(count, wanted) for count, wanted in known if count.videos > wanted]
        named = (("fewer", fewer), ("more", more))
        return [f"{word} videos than published: {', '.join(parts)}" for word, parts in named if parts]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        problems = [{"path": str(path), "kind": kind, "text": text} for path, kind, text in self.problems]
        counts = [asdict(count) for count in self.counts]
        about = {"title": self.title, "root": str(self.root), "found": self.notes}
        return {**about, "counts": counts, "problems": problems}


def count_entries(dataset: AvsDataset, masks: Mapping[Path, InspectedFile]) -> tuple[PartCounts, ...]:
    """Counts of each part that exists or is published, ordered by subset, then train, val, test."""
    parts: dict[tuple[str, str], list[Entry]] = {part: [] for part in dataset.published}
    for entry in dataset.entries:
        parts.setdefault((entry.subset, entry.split), []).append(entry)
    order = sorted(parts, key=lambda part: (part[0], SPLITS.index(part[1]) if part[1] in SPLITS else len(SPLITS)))
    return tuple(_count(dataset, part, parts[part], masks) for part in order)


def _count(
    dataset: AvsDataset, part: tuple[str, str], entries: Sequence[Entry], masks: Mapping[Path, InspectedFile]
) -> PartCounts:
    labelled = [path for entry in entries for path in entry.masks if path is not None]
    shown = frozenset[int]().union(*(masks[path].classes for path in labelled)) - {0, IGNORE_INDEX}
    return PartCounts(
        subset=part[0],
        split=part[1],
        videos=len(entries),
        published=dataset.published.get(part),
        frames=sum(len(entry.masks) for entry in entries),
        labelled=len(labelled),
        masks=sum(masks[path].size is not None for path in labelled),
        classes=tuple(dataset.classes[index] for index in sorted(shown)),
    )


def _of(count: PartCounts, published: int) -> str:
    return f"{count.subset} {count.split} {count.videos:,} of {published:,}"


def _cells(count: PartCounts) -> tuple[str, ...]:
    published = "–" if count.published is None else f"{count.published:,}"
    numbers = (count.videos, count.frames, count.labelled, count.masks, len(count.classes))
    videos, *others = (f"{number:,}" for number in numbers)
    return (count.subset, count.split, videos, published, *others)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, with the first two columns aligned left and the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if column_index < 2 else cell.rjust(width)
            for column_index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
