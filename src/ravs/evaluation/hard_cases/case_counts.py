"""Counts of the hard cases over a data set, or over a random part of it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool

from ravs.data.datasets.base import AvsDataset, Entry
from ravs.errors import InputError
from ravs.evaluation.hard_cases.cases import VideoCases, find_cases
from ravs.parallel import ProgressFunction, map_in_threads


@dataclass(frozen=True, kw_only=True)
class CaseCountSettings:
    """Which videos are counted. Raises: InputError for an invalid fraction or seed."""

    split: str | None = None
    fraction: float = 1.0  # of the videos, drawn at random: the paper took a third
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.fraction <= 1:
            raise InputError(f"fraction is {self.fraction}; it must be above 0, and 1 at most")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}; it must not be negative")


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """How often a case occurs among the labelled frames and videos for which it is known."""

    frames: int
    of_frames: int
    videos: int
    of_videos: int

    @property
    def frame_share(self) -> float:
        """Share of labelled frames."""
        return self.frames / max(self.of_frames, 1)

    @property
    def video_share(self) -> float:
        """Share of videos with at least one such frame."""
        return self.videos / max(self.of_videos, 1)

    def as_json(self) -> dict[str, int | float]:
        """Counts and shares by name."""
        return asdict(self) | {"frame_share": self.frame_share, "video_share": self.video_share}


@dataclass(frozen=True, kw_only=True)
class CaseCounts:
    """Counts of a subset, or of all; None where the set lacks the information."""

    videos: int
    labelled_frames: int
    case_1: Occurrence | None
    case_2: Occurrence | None
    several_instances: Occurrence | None

    def as_json(self) -> dict[str, Any]:
        """Counts by name, null where the set lacks the information."""
        cases = {name: getattr(self, name) for name in ("case_1", "case_2", "several_instances")}
        by_name = {name: None if case is None else case.as_json() for name, case in cases.items()}
        return {"videos": self.videos, "labelled_frames": self.labelled_frames, **by_name}


def analyze(
    found: AvsDataset, settings: CaseCountSettings, progress: ProgressFunction | None = None
) -> dict[str, CaseCounts]:
    """Counts of each subset, and of `all` if there are several. Reads masks only, neither images nor audio.

    Raises: InputError or DecodeError that names a missing or invalid file.
    """
    entries = sample_videos(found.select(settings.split), settings)
    videos = list(map_in_threads(partial(find_cases, found), entries, progress=progress))
    subsets = sorted({one.subset for one in videos})
    counts = {subset: count_cases([one for one in videos if one.subset == subset]) for subset in subsets}
    return counts if len(subsets) == 1 else counts | {"all": count_cases(videos)}


def sample_videos(entries: Sequence[Entry], settings: CaseCountSettings) -> list[Entry]:
    """A random part of the videos, drawn from the seed; at least one, in the original order."""
    number = max(round(settings.fraction * len(entries)), 1)
    chosen = np.random.default_rng(settings.seed).choice(len(entries), number, replace=False)
    return [entries[index] for index in sorted(chosen)]


def count_cases(videos: Sequence[VideoCases]) -> CaseCounts:
    """Sums over videos; of a case, over those for which it is known."""
    return CaseCounts(
        videos=len(videos),
        labelled_frames=sum(int(one.labelled.sum()) for one in videos),
        case_1=_occurrence((one.labelled, one.case_1) for one in videos),
        case_2=_occurrence((one.labelled, one.case_2) for one in videos),
        several_instances=_occurrence(
            (one.labelled, None if one.several is None else one.labelled & one.several) for one in videos
        ),
    )


def _occurrence(
    seconds: Iterator[tuple[Bool[np.ndarray, " seconds"], Bool[np.ndarray, " seconds"] | None]],
) -> Occurrence | None:
    known = [(labelled, case) for labelled, case in seconds if case is not None and labelled.any()]
    if not known:
        return None
    return Occurrence(
        frames=sum(int(case.sum()) for _, case in known),
        of_frames=sum(int(labelled.sum()) for labelled, _ in known),
        videos=sum(bool(case.any()) for _, case in known),
        of_videos=len(known),
    )
