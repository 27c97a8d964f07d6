"""`ravs score`: a folder of predictions against a folder of true masks, a few frames in memory at a time."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from ravs.ahead import ahead
from ravs.errors import InputError, RavsError
from ravs.metrics.avsbench import BATCH_SIZE
from ravs.metrics.frame import ScoredFrame
from ravs.metrics.protocol import Protocol
from ravs.metrics.protocols import Scoreboard, VideoSums, choose, count, join
from ravs.scoring.maps import SCALES, kind_of, load_array, read_index, read_prediction
from ravs.scoring.pairs import LISTED, Pair, pair_files

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class ScoreSettings:
    """How predictions are to be read and scored. Raises InputError for a value that does not fit."""

    protocols: str = "all"
    batch_size: int = BATCH_SIZE  # frames; of avsbench alone
    num_classes: int | None = None  # background included; None: as many as the first prediction has maps, else 2
    scale: str = "logits"  # of scores in .npy files
    seed: int = 0  # of the bootstrap

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise InputError(f"scores are {self.scale!r}; they must be {' or '.join(SCALES)}")
        if self.num_classes is not None and not 2 <= self.num_classes < 255:
            raise InputError(f"{self.num_classes} classes: there may be 2 to 254, background included")


class Counted(NamedTuple):
    """The counts of a pair (None without a labelled pixel), and how its two masks tell classes."""

    sums: VideoSums | None
    forms: tuple[str, str]  # index, white, silent, scores


def score_folders(
    predicted: Path, truth: Path, settings: ScoreSettings, progress: Progress | None = None
) -> dict[str, Any]:
    """The figures of every protocol, as fractions: {"frames": n, "protocols": {name: {"j": …, "f": …, "jf": …}}}.

    Raises: InputError or NoMatchError that lists the files which are missing, too much, or do not fit.
    """
    pairs = pair_files(predicted, truth)
    num_classes = settings.num_classes or guess_classes(pairs[0])
    scorer = PairScorer(choose(settings.protocols, num_classes, settings.batch_size), num_classes, settings.scale)
    board = Scoreboard(scorer.protocols)
    counted = scorer.count_all(pairs, progress)
    for video, frames in groupby(counted, key=lambda frame: frame[0].video):
        labelled = [sums for _, sums in frames if sums is not None]
        if labelled:
            board.add(video, join(scorer.protocols, labelled), len(labelled))
    scorer.complain(len(pairs))
    return {
        "frames": board.frames,
        "videos": board.videos,
        "classes": num_classes,
        "found": {"truth": kind_of(pairs[0].truth), "predictions": kind_of(pairs[0].prediction)},
        "protocols": board.report(settings.seed),
        "lines": {protocol.name: protocol.line for protocol in scorer.protocols},
    }


def guess_classes(pair: Pair) -> int:
    """As many as the prediction has maps of scores; two for anything else."""
    if pair.prediction.suffix.lower() == ".npy":
        array = load_array(pair.prediction)
        if array.ndim == 3:
            return len(array)
    return 2


@dataclass
class PairScorer:
    """Counts pairs, and remembers what the masks before them were like and what did not fit."""

    protocols: tuple[Protocol, ...]
    num_classes: int
    scale: str
    problems: list[str] = field(default_factory=list)
    _first: dict[str, str] = field(default_factory=dict)  # form of true masks: the first file that has it

    def count_all(self, pairs: list[Pair], progress: Progress | None) -> Iterator[tuple[Pair, VideoSums | None]]:
        """Every pair with its counts, in order; what does not fit is noted and left out."""
        for done, (pair, counted) in enumerate(ahead(self.count, pairs, os.cpu_count() or 1), start=1):
            try:
                yield pair, self.agree(pair, counted()).sums
            except RavsError as error:
                self.problems.append(f"{pair.name}: {error}")
            if progress is not None:
                progress(done, len(pairs))

    def count(self, pair: Pair, white_ignored: bool = False) -> Counted:
        """The counts of one pair."""
        truth, true_form = read_index(pair.truth, self.num_classes, truth=True, white_ignored=white_ignored)
        found, form = read_prediction(pair.prediction, self.num_classes, self.scale)
        if found.labels.shape != truth.shape:
            sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (found.labels.shape, truth.shape))
            raise InputError(f"prediction and truth are {sizes} pixels")
        frame = ScoredFrame(
            labels=found.labels,
            truth=truth,
            num_classes=self.num_classes,
            probability=found.probability,
            confidence=found.confidence,
            second=pair.second,
        )
        return Counted(count(self.protocols, frame), (true_form, form))

    def agree(self, pair: Pair, counted: Counted) -> Counted:
        """The counts, made anew if a true mask of 0 and 255 lies among masks of 0 and 1, where 255 is ignored."""
        form = counted.forms[0]
        self._first.setdefault(form, pair.name)
        if form == "white" and "index" in self._first:
            return self.count(pair, white_ignored=True)
        if form == "index" and "white" in self._first:
            white = self._first["white"]
            raise InputError(f"the true mask holds 0 and 1, that of {white} 0 and 255: write all of them alike")
        return counted

    def complain(self, total: int) -> None:
        """Raise InputError that lists what did not fit, if anything."""
        if self.problems:
            more = f"; and {len(self.problems) - LISTED} more" if len(self.problems) > LISTED else ""
            raise InputError(
                f"{len(self.problems)} of {total} frames do not fit: {'; '.join(self.problems[:LISTED])}{more}"
            )
