"""Scores arrays in memory as `ravs score` scores files."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.errors import InputError
from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.metrics.scoreboard import Scoreboard, VideoSums, choose_protocols, count_frame, join_frames
from ravs.evaluation.scoring.folders import ScoreSettings, check_class_count
from ravs.evaluation.scoring.predictions import is_black_and_white, prediction_from_array, squeeze_channel

Frames = Any  # an array or tensor whose first axis is frames, or a sequence of such frames


def score_arrays(
    predictions: Frames,
    truth: Frames,
    settings: ScoreSettings | None = None,
    videos: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    """Metrics by protocol: j, f, jf, all others, and intervals.

    Args:
        predictions: per frame labels or scores (height, width), or class scores (classes, height, width).
        truth: per frame class indices (height, width); 255 is ignored, but means sounding where binary masks hold only
            0 and 255, as in files.
        settings: protocols, batch size, classes, scale of scores, seed.
        videos: the video of each frame, frames in temporal order; None: all of one. Batches of avsbench are filled
            video by video.

    Raises: InputError that names the frame where numbers of frames, sizes, types or classes do not match.
    """
    settings = settings or ScoreSettings()
    names = ["video"] * len(truth) if videos is None else videos
    if not len(truth) or not len(predictions) == len(truth) == len(names):
        counts = f"{len(predictions)} predictions, {len(truth)} true masks, {len(names)} names of videos"
        raise InputError(f"{counts}: give one of each for every frame, one frame at least")
    first = squeeze_channel(as_array(predictions[0], 0))
    num_classes = settings.num_classes or (check_class_count(len(first)) if first.ndim == 3 else 2)
    protocols = choose_protocols(settings.protocols, num_classes, settings.batch_size)
    masks = true_masks(truth, num_classes)
    counted: dict[str, list[VideoSums | None]] = {name: [] for name in names}
    for index, (predicted, true, name) in enumerate(zip(predictions, masks, names, strict=True)):
        some = counted[name]
        try:
            frame = scored_frame(as_array(predicted, index), true, num_classes, settings.scale, len(some))
        except InputError as error:
            raise InputError(f"frame {index} {error}") from error
        some.append(count_frame(protocols, frame))
    board = Scoreboard(protocols)
    for name, sums in counted.items():
        if labelled := [one for one in sums if one is not None]:
            board.add(name, join_frames(protocols, labelled), len(labelled))
    if not board.frames:
        raise InputError("every pixel of the truth is 255, which is ignored: nothing can be scored")
    return board.report(settings.seed)


def as_array(frame: Any, index: int) -> np.ndarray:
    """A frame as an array. Raises: InputError for a tensor that NumPy cannot convert."""
    try:
        return np.asarray(frame)
    except (TypeError, RuntimeError) as error:
        raise InputError(f"frame {index} is no array ({error}): of a tensor give .detach().cpu().float()") from error


def true_masks(truth: Frames, num_classes: int) -> list[np.ndarray]:
    """Class indices of each frame (height, width; uint8). Raises: InputError that names a frame with other values."""
    masks = []
    for index, true in enumerate(truth):
        mask = as_array(true, index)
        if mask.dtype.kind not in "bui" or mask.ndim != 2:
            raise InputError(f"frame {index} has a true mask of {mask.dtype}, shape {mask.shape}, not class indices")
        if mask.size and not (int(mask.min()) >= 0 and int(mask.max()) <= IGNORE_INDEX):
            raise InputError(f"frame {index} has a true mask with values from {mask.min()} to {mask.max()}")
        masks.append(mask.astype(np.uint8))
    white = num_classes == 2 and all(is_black_and_white(mask) for mask in masks)
    return [mask // IGNORE_INDEX for mask in masks] if white and any(mask.min() == 0 for mask in masks) else masks


def scored_frame(predicted: np.ndarray, true: np.ndarray, num_classes: int, scale: str, second: int) -> ScoredFrame:
    """A frame to be scored. Raises: InputError."""
    found = prediction_from_array(squeeze_channel(predicted), num_classes, scale)
    return ScoredFrame(
        labels=found.labels,
        truth=true,
        num_classes=num_classes,
        winners=found.winners,
        probability=found.probability,
        confidence=found.confidence,
        second=second,
    )
