"""The loss and the targets of the mask head, by hand."""

import numpy as np
import pytest
import torch

from ravs.training.film.mask_head_training import mask_loss, sounding_mask

HALF = 0.6931  # cross-entropy of a probability of one half, in nepers


def test_the_mask_is_the_things_that_sound_and_what_is_unknown_is_ignored():
    instances = np.array([[0, 1, 2], [3, 255, 2]], np.uint8)
    assert sounding_mask(instances, [1]).tolist() == [[0, 0, 1], [0, 255, 1]]
    assert sounding_mask(instances, []).tolist() == [[0, 0, 0], [0, 255, 0]]


def test_the_loss_is_cross_entropy_plus_dice():
    masks = torch.zeros(1, 10, 10, dtype=torch.int64)
    masks[:, :5] = 1
    dice = 1 - (2 * 25 + 50) / (50 + 50 + 50)
    assert mask_loss(torch.zeros(1, 1, 10, 10), masks).item() == pytest.approx(HALF + dice, abs=1e-4)


def test_dice_of_a_frame_in_which_nothing_sounds_counts_less():
    masks = torch.zeros(1, 10, 10, dtype=torch.int64)
    dice = 1 - 50 / (50 + 50)
    assert mask_loss(torch.zeros(1, 1, 10, 10), masks).item() == pytest.approx(HALF + 0.3 * dice, abs=1e-4)


def test_ignored_pixels_do_not_count():
    masks = torch.zeros(1, 10, 10, dtype=torch.int64)
    masks[:, :5], masks[:, 5:] = 1, 255
    logits = torch.full((1, 1, 10, 10), 20.0)
    sure_below = logits.clone()
    sure_below[:, :, 5:] = -20.0
    assert mask_loss(logits, masks).item() == mask_loss(sure_below, masks).item()
    assert mask_loss(logits, masks).item() == pytest.approx(0, abs=1e-4)


def test_logits_of_another_size_are_enlarged_to_the_masks():
    masks = torch.ones(2, 8, 8, dtype=torch.int64)
    assert mask_loss(torch.full((2, 1, 4, 4), 20.0), masks).item() == pytest.approx(0, abs=1e-4)
