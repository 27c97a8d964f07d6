"""What classifiers that never had a second's recordings hear in it.

A mask head that is trained on what a classifier says of its own training data believes a classifier that never errs.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.linear_sound_classifier import select
from ravs.training.film.second_blocks import Seconds, Sources

Folds = list[frozenset[int]]  # of each second: those that its recordings are in


def second_folds(
    sources: Sequence[Sources],
    recording_folds: Mapping[str, int | None],
    count: int,
    generator: np.random.Generator,
) -> Folds:
    """The folds of each second's recordings. A recording without one gets a random one in each second.

    A second without recordings is in one fold by its place.
    """
    folds = []
    for index, found in enumerate(sources):
        own = [recording_folds[path] for _, path in found]
        drawn = [int(generator.integers(count)) if fold is None else fold for fold in own]
        folds.append(frozenset(drawn or [index % count]))
    return folds


@torch.no_grad()
def out_of_fold_logits(
    sets: Sequence[Seconds],
    folds: Sequence[Folds],
    count: int,
    train: Callable[[Sequence[Seconds]], SoundClassifier],
) -> list[Tensor]:
    """The logits of every second of several sets: the mean over its recordings of a classifier without that one's fold.

    Args:
        sets: seconds for training and use.
        folds: of each set's seconds.
        count: of the folds.
        train: a classifier from the sets without one fold.
    """
    sums: list[Tensor] = []
    for fold in range(count):
        with torch.enable_grad():
            classifier = train([select(one, without(fold, own)) for one, own in zip(sets, folds, strict=True)])
        shares = [
            classifier(one.vectors) * torch.tensor([[float(fold in found)] for found in own])
            for one, own in zip(sets, folds, strict=True)
        ]
        sums = [total + share for total, share in zip(sums, shares, strict=True)] if sums else shares
    return [total / torch.tensor([[len(found)] for found in own]) for total, own in zip(sums, folds, strict=True)]


def without(fold: int, folds: Folds) -> list[int]:
    """The seconds none of whose recordings is in a fold."""
    return [index for index, found in enumerate(folds) if fold not in found]
