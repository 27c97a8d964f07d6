"""Counts of `scripts/uncertainty_gain.py`, by hand."""

import pytest
import torch

from support.scripts import load_script


@pytest.fixture(scope="module")
def script():
    return load_script("uncertainty_gain")


def test_counts_are_those_of_pixels_above_each_threshold(script):
    share, truth = torch.tensor([[0.9, 0.6], [0.4, 0.0]]), torch.tensor([[True, False], [True, False]])
    both, either = script.counts(share, truth)
    at = {round(float(one), 2): place for place, one in enumerate(script.THRESHOLDS)}
    assert at[0.5] == script.MIDDLE
    assert (int(both[at[0.5]]), int(either[at[0.5]])) == (1, 3)
    assert (int(both[at[0.3]]), int(either[at[0.3]])) == (2, 3)
    assert (int(both[at[0.7]]), int(either[at[0.7]])) == (1, 2)


def test_the_probability_of_sounding_is_all_but_that_of_background(script):
    logits = torch.tensor([0.0, 0.0, 0.0]).view(1, 3, 1, 1)
    torch.testing.assert_close(script.sounding(logits), torch.full((1, 224, 224), 2 / 3))
