"""Counts of the cases over a set, or over a random part of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool

from ravs.data.datasets.base import AvsDataset, Entry
from ravs.errors import InputError
from ravs.evaluation.hard_cases.cases import VideoCases, look
from ravs.parallel import map_in_threads


@dataclass(frozen=True, kw_only=True)
class CaseCountSettings:
    """What is counted. Raises InputError for a share or a seed that does not fit."""

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
    """How often something occurs, among the labelled frames and the videos that can tell."""

    frames: int
    of_frames: int
    videos: int
    of_videos: int

    @property
    def frame_share(self) -> float:
        """Of labelled frames."""
        return self.frames / max(self.of_frames, 1)

    @property
    def video_share(self) -> float:
        """Of videos, those with one such frame at least."""
        return self.videos / max(self.of_videos, 1)

    def as_json(self) -> dict[str, int | float]:
        """Counts and shares."""
        return asdict(self) | {"frame_share": self.frame_share, "video_share": self.video_share}


@dataclass(frozen=True, kw_only=True)
class CaseCounts:
    """Of a subset, or of all: None where the set does not tell."""

    videos: int
    labelled_frames: int
    case_1: Occurrence | None
    case_2: Occurrence | None
    several_instances: Occurrence | None

    def as_json(self) -> dict[str, Any]:
        """Numbers by name, null where the set does not tell."""
        cases = {name: getattr(self, name) for name in ("case_1", "case_2", "several_instances")}
        told = {name: None if case is None else case.as_json() for name, case in cases.items()}
        return {"videos": self.videos, "labelled_frames": self.labelled_frames, **told}


def analyze(
    found: AvsDataset, question: CaseCountSettings, progress: Callable[[int, int], None] | None = None
) -> dict[str, CaseCounts]:
    """Counts of each subset, and of `all` if there are several. Reads masks only, neither pictures nor sound.

    Raises: InputError or DecodeError that names a file which is missing or does not fit.
    """
    entries = sample(found.select(question.split), question)
    looked = list(map_in_threads(partial(look, found), entries, progress=progress))
    subsets = sorted({one.subset for one in looked})
    counts = {subset: count([one for one in looked if one.subset == subset]) for subset in subsets}
    return counts if len(subsets) == 1 else counts | {"all": count(looked)}


def sample(entries: Sequence[Entry], question: CaseCountSettings) -> list[Entry]:
    """A random part of the videos, decided by the seed; one at least, in their order."""
    number = max(round(question.fraction * len(entries)), 1)
    chosen = np.random.default_rng(question.seed).choice(len(entries), number, replace=False)
    return [entries[place] for place in sorted(chosen)]


def count(looked: Sequence[VideoCases]) -> CaseCounts:
    """Sums over videos; of a case, over those that tell."""
    return CaseCounts(
        videos=len(looked),
        labelled_frames=sum(int(one.labelled.sum()) for one in looked),
        case_1=_occurrence((one.labelled, one.case_1) for one in looked),
        case_2=_occurrence((one.labelled, one.case_2) for one in looked),
        several_instances=_occurrence(
            (one.labelled, None if one.several is None else one.labelled & one.several) for one in looked
        ),
    )


def _occurrence(
    seconds: Iterator[tuple[Bool[np.ndarray, " seconds"], Bool[np.ndarray, " seconds"] | None]],
) -> Occurrence | None:
    told = [(labelled, case) for labelled, case in seconds if case is not None and labelled.any()]
    if not told:
        return None
    return Occurrence(
        frames=sum(int(case.sum()) for _, case in told),
        of_frames=sum(int(labelled.sum()) for labelled, _ in told),
        videos=sum(bool(case.any()) for _, case in told),
        of_videos=len(told),
    )
