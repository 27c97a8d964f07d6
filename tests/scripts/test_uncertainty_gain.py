"""What `scripts/uncertainty_gain.py` counts, by hand."""

import pytest
import torch

from support.scripts import load_script


@pytest.fixture(scope="module")
def sharpening():
    return load_script("uncertainty_gain")


def test_counts_are_those_of_what_lies_above_each_threshold(sharpening):
    share, truth = torch.tensor([[0.9, 0.6], [0.4, 0.0]]), torch.tensor([[True, False], [True, False]])
    both, either = sharpening.counts(share, truth)
    at = {round(float(one), 2): place for place, one in enumerate(sharpening.THRESHOLDS)}
    assert at[0.5] == sharpening.MIDDLE
    assert (int(both[at[0.5]]), int(either[at[0.5]])) == (1, 3)
    assert (int(both[at[0.3]]), int(either[at[0.3]])) == (2, 3)
    assert (int(both[at[0.7]]), int(either[at[0.7]])) == (1, 2)


def test_a_pixel_sounds_by_all_that_is_not_background(sharpening):
    logits = torch.tensor([0.0, 0.0, 0.0]).view(1, 3, 1, 1)
    torch.testing.assert_close(sharpening.sounding(logits), torch.full((1, 224, 224), 2 / 3))
