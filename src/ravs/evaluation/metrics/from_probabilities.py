"""Makes a frame to be scored from probabilities and ground truth."""

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.structures.mask_rule import is_sounding, most_probable_sound


def predicted_frame(
    probabilities: np.ndarray,
    truth: np.ndarray,
    *,
    binary: bool,
    threshold: float = 0.5,
    uncertainty: np.ndarray | None = None,
    second: int | None = None,
    look_alike: bool | None = None,
    names: np.ndarray | None = None,
) -> ScoredFrame:
    """A frame to be scored: labels by the mask rule, winners by the largest probability.

    Args:
        probabilities: classes, height, width; background first. With `binary` only background is used.
        truth: height, width; uint8 class indices, 255 where unknown.
        binary: sounding against silent.
        threshold: a pixel sounds where 1 - P(background) exceeds it.
        uncertainty: height, width; None: the method has none.
        second, look_alike: see ScoredFrame.
        names: height, width; the class of each pixel that sounds; None: its most probable one.
    """
    sounds = 1 - probabilities[0]
    if binary:
        marked = is_sounding(probabilities[0], threshold)
        labels, winners = marked.view(np.uint8), (sounds > 0.5).view(np.uint8)
        truth = np.where(truth == IGNORE_INDEX, truth, truth > 0).astype(np.uint8)
        confidence = np.where(marked, sounds, probabilities[0])
    else:
        names = most_probable_sound(probabilities) if names is None else names
        labels = (names * is_sounding(probabilities[0], threshold)).astype(np.uint8)
        winners = probabilities.argmax(axis=0).astype(np.uint8)
        confidence = np.take_along_axis(probabilities, labels[None].astype(np.intp), axis=0)[0]
    return ScoredFrame(
        labels=labels,
        truth=truth,
        num_classes=2 if binary else len(probabilities),
        winners=winners,
        probability=sounds,
        confidence=confidence,
        uncertainty=uncertainty,
        probabilities=None if binary else probabilities,
        second=second,
        look_alike=look_alike,
    )
