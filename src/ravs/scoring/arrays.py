"""Arrays of a program scored as `ravs score` scores files."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.metrics.frame import IGNORED, ScoredFrame
from ravs.metrics.protocols import Scoreboard, VideoSums, choose, count, join
from ravs.scoring.score import ScoreSettings
from ravs.scoring.scores import predicted_of

Frames = Any  # an array or tensor whose first axis is frames, or a sequence of such frames


def score_arrays(
    predictions: Frames,
    truth: Frames,
    settings: ScoreSettings | None = None,
    videos: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """The figures of every protocol by its name: j, f, jf, what else it tells, and intervals.

    Args:
        predictions: of each frame labels or scores (height, width), or class scores (classes, height, width).
        truth: of each frame class indices (height, width); 255 is ignored. Frames of a video in the order of time.
        settings: protocols, batch size, classes, scale of scores, seed.
        videos: to which video each frame belongs; None: all to one.

    Raises: InputError where numbers of frames, sizes, types or classes do not fit; it names the frame.
    """
    settings = settings or ScoreSettings()
    names = ["video"] * len(truth) if videos is None else videos
    if not len(truth) or not len(predictions) == len(truth) == len(names):
        counts = f"{len(predictions)} predictions, {len(truth)} true masks, {len(names)} names of videos"
        raise InputError(f"{counts}: give one of each for every frame, one frame at least")
    first = np.asarray(predictions[0])
    num_classes = settings.num_classes or (len(first) if first.ndim == 3 else 2)
    protocols = choose(settings.protocols, num_classes, settings.batch_size)
    counted: dict[str, list[VideoSums | None]] = {name: [] for name in names}
    for index, (predicted, true, name) in enumerate(zip(predictions, truth, names, strict=True)):
        some = counted[name]
        try:
            frame = frame_of(np.asarray(predicted), np.asarray(true), num_classes, settings.scale, len(some))
        except InputError as error:
            raise InputError(f"frame {index} {error}") from error
        some.append(count(protocols, frame))
    board = Scoreboard(protocols)
    for name, sums in counted.items():
        if labelled := [one for one in sums if one is not None]:
            board.add(name, join(protocols, labelled), len(labelled))
    return board.report(settings.seed)


def frame_of(predicted: np.ndarray, true: np.ndarray, num_classes: int, scale: str, second: int) -> ScoredFrame:
    """One frame to be scored. Raises InputError."""
    if true.dtype.kind not in "bui" or true.ndim != 2 or (true.size and int(true.max()) > IGNORED):
        raise InputError(f"has a true mask of {true.dtype}, shape {true.shape}: give class indices, height x width")
    found = predicted_of(predicted, num_classes, scale)
    return ScoredFrame(
        labels=found.labels,
        truth=true.astype(np.uint8),
        num_classes=num_classes,
        probability=found.probability,
        confidence=found.confidence,
        second=second,
    )
