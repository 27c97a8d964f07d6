"""What is heard by classifiers that never had a second's recordings, against brute force."""

import numpy as np
import torch

from ravs.training.film.out_of_fold_sound import out_of_fold_logits, second_folds
from ravs.training.film.second_blocks import Seconds

RECORDINGS = {"a": 0, "b": 1, "c": 2, "d": 0}
SOURCES = [
    [(("x", "a"),), (("x", "b"), ("y", "c")), (), (("y", "d"),), (("x", "b"), ("y", "d"))],
    [(("x", "c"),), (("x", "a"), ("y", "d"))],
]


class Memory:
    """A "classifier" whose logits are the recordings it was trained on, as a row of flags."""

    def __init__(self, sets):
        had = {path for one in sets for found in one.sources for _, path in found}
        self.flags = torch.tensor([float(path in had) for path in RECORDINGS])

    def __call__(self, vectors):
        return self.flags.expand(len(vectors), -1)


def out_of_fold(train=Memory, count=3):
    sets = [Seconds(torch.zeros(len(found), 1), found) for found in SOURCES]
    folds = [second_folds(found, RECORDINGS, count, np.random.default_rng(0)) for found in SOURCES]
    return out_of_fold_logits(sets, folds, count, train)


def test_the_logits_of_a_recording_are_of_a_classifier_that_never_had_it_or_its_fold():
    paths = list(RECORDINGS)
    for found, logits in zip(SOURCES, out_of_fold(), strict=True):
        for sources, row in zip(found, logits, strict=True):
            if len(sources) == 1:
                same_fold = [path for path in paths if RECORDINGS[path] == RECORDINGS[sources[0][1]]]
                assert all(row[paths.index(path)] == 0 for path in same_fold)


def test_the_logits_of_several_recordings_are_the_mean_over_their_folds():
    paths = list(RECORDINGS)

    def without(fold):
        """By brute force: what is left in the sets when every second with a recording of a fold is taken out."""
        left = [found for one in SOURCES for found in one if all(RECORDINGS[path] != fold for _, path in found)]
        return torch.tensor([float(any(path in dict(map(reversed, found)) for found in left)) for path in paths])

    mixed = out_of_fold()[0][1]  # of b and c
    torch.testing.assert_close(mixed, (without(1) + without(2)) / 2)
    torch.testing.assert_close(out_of_fold()[1][1], without(0))  # of a and d, both in fold 0


def test_a_second_without_recordings_is_not_in_the_training_of_its_classifier():
    rows = []

    def train(sets):
        rows.append([len(one.sources) for one in sets])
        return Memory(sets)

    out_of_fold(train)
    assert rows[2][0] == 5 - 2  # without the second in fold 2 by its place, and the one with c


def test_recordings_without_a_fold_get_one_in_each_second():
    sources = [(("owl", "o"),)] * 60
    folds = second_folds(sources, {"o": None}, 5, np.random.default_rng(0))
    assert {next(iter(fold)) for fold in folds} == set(range(5))
    assert all(len(fold) == 1 for fold in folds)
