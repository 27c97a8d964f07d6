"""Scores a folder of predictions against a folder of true masks, a few frames in memory at a time (`ravs score`)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from ravs.errors import InputError, RavsError
from ravs.evaluation.metrics.avsbench import BATCH_SIZE
from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.metrics.protocol import MetricProtocol
from ravs.evaluation.metrics.scoreboard import Scoreboard, VideoSums, choose_protocols, count_frame, join_frames
from ravs.evaluation.scoring.pair_files import MAX_LISTED, Pair, pair_files, pair_listed
from ravs.evaluation.scoring.prediction_files import (
    IGNORING,
    INDEX,
    WHITE,
    describe_file,
    load_array,
    read_index,
    read_prediction,
)
from ravs.evaluation.scoring.predictions import SCALES
from ravs.parallel import ProgressFunction, prefetch


@dataclass(frozen=True, kw_only=True)
class ScoreSettings:
    """How predictions are read and scored. Raises: InputError for an invalid value."""

    protocols: str = "all"
    batch_size: int = BATCH_SIZE  # frames; for avsbench only
    num_classes: int | None = None  # with background; None: as many as the first prediction has score maps, else 2
    scale: str = "logits"  # of scores in .npy files
    seed: int = 0  # of the bootstrap

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise InputError(f"scores are {self.scale!r}; they must be {' or '.join(SCALES)}")
        if self.seed < 0:
            raise InputError(f"the seed is {self.seed}; it must not be negative")
        if self.num_classes is not None:
            check_class_count(self.num_classes)


class PairCounts(NamedTuple):
    """The counts of a pair (None without a labelled pixel), and the encoding of its true mask."""

    sums: VideoSums | None
    encoding: str


class WhiteIsIgnored(Exception):
    """True masks with 0, 1 and 255 followed masks of 0 and 255, whose 255 was taken as sounding."""


def score_folders(
    predicted: Path,
    truth: Path,
    settings: ScoreSettings,
    progress: ProgressFunction | None = None,
    frames: Path | None = None,
) -> dict[str, Any]:
    """Metrics by protocol, as fractions: {"frames": n, "protocols": {name: {"j": …, "f": …, "jf": …}}}.

    Args:
        predicted, truth: the folders.
        settings: how they are read and scored.
        progress: called with the number of frames done and of all frames.
        frames: a file that lists the frames to score, in order; None: all files of both folders, by name.

    Raises: InputError or NoMatchError that lists missing, surplus and invalid files.
    """
    pairs = pair_files(predicted, truth) if frames is None else pair_listed(predicted, truth, frames)
    num_classes = settings.num_classes or guess_num_classes(pairs[0])
    protocols = choose_protocols(settings.protocols, num_classes, settings.batch_size)
    scorer = PairScorer(protocols, num_classes, settings.scale)
    try:
        board = scorer.score(pairs, progress)
    except WhiteIsIgnored:
        scorer = PairScorer(protocols, num_classes, settings.scale, white_ignored=True)
        board = scorer.score(pairs, progress)
    scorer.raise_problems(len(pairs))
    if not board.frames:
        raise InputError(f"{truth}: every pixel of its masks is 255, which is ignored: nothing can be scored")
    return {
        "frames": board.frames,
        "unlabelled_frames": len(pairs) - board.frames,
        "videos": board.videos,
        "classes": num_classes,
        "found": {
            "truth": f"{describe_file(pairs[0].truth)}{scorer.meaning_of_255()}",
            "predictions": describe_file(pairs[0].prediction),
        },
        "protocols": board.report(settings.seed),
        "lines": {protocol.name: protocol.line for protocol in protocols},
    }


def guess_num_classes(pair: Pair) -> int:
    """The number of score maps of the prediction; two for anything else."""
    if pair.prediction.suffix.lower() == ".npy":
        array = load_array(pair.prediction)
        if array.ndim == 3:
            return check_class_count(len(array), f"{pair.prediction}: ")
    return 2


def check_class_count(number: int, where: str = "") -> int:
    """The number, if it fits 8-bit masks. Raises: InputError."""
    if not 2 <= number < 255:
        raise InputError(f"{where}{number} classes: there may be 2 to 254, background included")
    return number


@dataclass
class PairScorer:
    """Counts pairs, and collects encodings of masks and problems on the way."""

    protocols: tuple[MetricProtocol, ...]
    num_classes: int
    scale: str
    white_ignored: bool = False  # 255 is ignored even in masks of 0 and 255
    problems: list[str] = field(default_factory=list)
    _first: dict[str, str] = field(default_factory=dict)  # by encoding of true masks, the first file that has it

    def score(self, pairs: list[Pair], progress: ProgressFunction | None) -> Scoreboard:
        """Count all pairs, video by video. Raises: WhiteIsIgnored if they must be counted with `white_ignored`."""
        board = Scoreboard(self.protocols)
        for video, frames in groupby(self.count_all(pairs, progress), key=lambda frame: frame[0].video):
            labelled = [sums for _, sums in frames if sums is not None]
            if labelled:
                board.add(video, join_frames(self.protocols, labelled), len(labelled))
        return board

    def count_all(
        self, pairs: list[Pair], progress: ProgressFunction | None
    ) -> Iterator[tuple[Pair, VideoSums | None]]:
        """Every pair with its counts, in order; invalid ones are noted and left out."""
        for done, (pair, counted) in enumerate(prefetch(self.count, pairs, os.cpu_count() or 1), start=1):
            try:
                found = counted()
                self.check_encoding(pair, found.encoding)
                yield pair, found.sums
            except RavsError as error:
                self.problems.append(f"{pair.name}: {error}")
            if progress is not None:
                progress(done, len(pairs))

    def count(self, pair: Pair) -> PairCounts:
        """The counts of one pair."""
        truth, encoding = read_index(pair.truth, self.num_classes, truth=True, white_ignored=self.white_ignored)
        found = read_prediction(pair.prediction, self.num_classes, self.scale)
        if found.labels.shape != truth.shape:
            sizes = " and ".join(f"{shape[1]}x{shape[0]}" for shape in (found.labels.shape, truth.shape))
            raise InputError(f"prediction and truth are {sizes} pixels")
        frame = ScoredFrame(
            labels=found.labels,
            truth=truth,
            num_classes=self.num_classes,
            winners=found.winners,
            probability=found.probability,
            confidence=found.confidence,
            second=pair.second,
        )
        return PairCounts(count_frame(self.protocols, frame), encoding)

    def check_encoding(self, pair: Pair, encoding: str) -> None:
        """Raise where the encoding of a true mask contradicts earlier ones: 255 must mean the same in all of them."""
        self._first.setdefault(encoding, pair.name)
        if self.white_ignored or WHITE not in self._first:
            return
        if IGNORING in self._first:
            raise WhiteIsIgnored
        if INDEX in self._first:
            one, other = self._first[INDEX], self._first[WHITE]
            raise InputError(f"true masks hold 0 and 1 ({one}) and 0 and 255 ({other}): write all of them alike")

    def meaning_of_255(self) -> str:
        """The meaning of 255 in the ground truth, in words, if there was any."""
        if WHITE in self._first:
            return ", 255 sounds"
        return ", 255 is ignored" if IGNORING in self._first or self.white_ignored else ""

    def raise_problems(self, total: int) -> None:
        """Raise InputError that lists the frames with problems, if any."""
        if self.problems:
            more = f"; and {len(self.problems) - MAX_LISTED} more" if len(self.problems) > MAX_LISTED else ""
            raise InputError(
                f"{len(self.problems)} of {total} frames do not fit: {'; '.join(self.problems[:MAX_LISTED])}{more}"
            )
