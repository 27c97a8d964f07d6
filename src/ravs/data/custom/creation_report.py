"""The result of creating a data set: its rows, and the videos and labels that were not used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ravs.data.datasets.metadata import SPLITS
from ravs.errors import InputError, RavsError

CreatedRow = dict[str, str]


@dataclass
class CreationReport:
    """Rows of the new data set, and what was skipped."""

    out: Path
    classes: tuple[str, ...]
    rows: list[CreatedRow] = field(default_factory=list)
    labelled: int = 0  # seconds
    silent: int = 0  # of the labelled ones
    failed: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)  # videos without labels
    unused_labels: list[str] = field(default_factory=list)  # of frames that are not the last of a second

    def as_text(self) -> str:
        """The report as lines of text."""
        splits = {split: [row["vid"] for row in self.rows if row["split"] == split] for split in SPLITS}
        parts = [f"{split} {len(set(names))} ({len(names)})" for split, names in splits.items() if names]
        lines = [*self.failed]
        if self.unlabelled:
            lines.append(f"without a label, and left out: {_shorten_list(self.unlabelled)}")
        if self.unused_labels:
            lines.append(f"not used, since not of the last frame of a second: {_shorten_list(self.unused_labels)}")
        return "\n".join(
            [
                *lines,
                f"{self.out}: videos (clips): {', '.join(parts)}",
                f"{self.labelled} labelled seconds, {self.silent} of them silent; classes: {', '.join(self.classes)}",
            ]
        )


def check_trainable(created: CreationReport) -> None:
    """Raise InputError or RavsError if there is nothing to train on."""
    if not created.rows and created.failed:
        raise RavsError(f"no video could be read: {created.failed[0]}")
    if not created.rows:
        unused = _shorten_list(created.unused_labels)
        what = f"labels of other frames: {unused}" if unused else "no label"
        raise InputError(
            f"no second of {_shorten_list(created.unlabelled)} has a label ({what}): labels belong to the last frame "
            "of each second, 0, 1, 2 …; ravs datasets create OUT VIDEO, without labels, writes these frames"
        )
    if all(row["split"] != "train" for row in created.rows):
        raise InputError(f"all {len(created.rows)} clips are in val or test: give a smaller --val or another --seed")


def _shorten_list(names: Sequence[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")
