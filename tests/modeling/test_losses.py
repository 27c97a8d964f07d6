"""Eq. 2 and 12 by hand, and what must not count."""

import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.losses import (
    dice_and_iou,
    segmentation_loss,
    sounding_logits,
    tagging_loss,
    total_loss,
)

WEIGHTS = (5.0, 5.0, 2.0)


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_segmentation_loss_is_finite_and_float32_in_half_precision(dtype):
    with torch.autocast("cpu", dtype=dtype):
        masks = torch.tensor([[[0, 1], [255, 2]]])
        loss = segmentation_loss(300 * seeded(1, 3, 2, 2).to(dtype), masks, WEIGHTS, "present")
    assert loss.dtype == torch.float32 and loss.isfinite()


# Two frames of 1 x 4 pixels and three classes; class 2 never occurs, frame 1 lacks class 1, one pixel is ignored.
MASKS = torch.tensor([[[0, 1, 1, 0]], [[0, 0, 255, 0]]])


def overlap_by_hand(probabilities, masks, frames, class_index):
    """Intersection and sizes of one class over some frames, pixel by pixel."""
    both = predicted = true = 0.0
    for frame in frames:
        for pixel, label in enumerate(masks[frame, 0].tolist()):
            if label != 255:
                p = probabilities[frame, class_index, 0, pixel].item()
                both, predicted, true = both + p * (label == class_index), predicted + p, true + (label == class_index)
    return both, predicted, true


def losses_by_hand(probabilities, masks, cases):
    """Mean of 1 - Dice and of 1 - IoU over (frames, class) cases."""
    dice, iou = [], []
    for frames, class_index in cases:
        both, predicted, true = overlap_by_hand(probabilities, masks, frames, class_index)
        dice.append(1 - (2 * both + 1e-5) / (predicted + true + 1e-5))
        iou.append(1 - (both + 1e-5) / (predicted + true - both + 1e-5))
    return sum(dice) / len(dice), sum(iou) / len(iou)


@pytest.mark.parametrize(
    ("over", "cases"),
    [("all", [([f], c) for f in (0, 1) for c in (0, 1, 2)]), ("present", [([0, 1], 0), ([0, 1], 1)])],
)
def test_dice_and_iou_by_hand_over_all_classes_of_each_frame_or_the_present_ones_of_the_batch(over, cases):
    probabilities = seeded(2, 3, 1, 4).softmax(dim=1)
    dice, iou = dice_and_iou(probabilities, MASKS, over)
    expected = losses_by_hand(probabilities, MASKS, cases)
    assert (dice.item(), iou.item()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("over", ["all", "present"])
def test_the_segmentation_loss_is_the_weighted_mean_of_its_three_parts(over):
    logits = seeded(2, 3, 1, 4)
    labelled = [
        -F.log_softmax(logits[f, :, 0, i], dim=0)[label].item()
        for f in range(2)
        for i, label in enumerate(MASKS[f, 0].tolist())
        if label != 255
    ]
    dice, iou = dice_and_iou(logits.softmax(dim=1), MASKS, over)
    expected = (5 * sum(labelled) / len(labelled) + 4 * dice + 2 * iou) / 11
    loss = segmentation_loss(logits, MASKS, (5.0, 4.0, 2.0), over)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    as_given = segmentation_loss(logits, MASKS, (5.0, 4.0, 2.0), over, "as_given")
    assert as_given.item() == pytest.approx(11 * expected.item(), rel=1e-5)


@pytest.mark.parametrize("over", ["all", "present"])
def test_ignored_pixels_and_unlabelled_frames_count_nowhere(over):
    logits = seeded(2, 3, 1, 4)
    other = logits.clone()
    other[1, :, 0, 2] += 5  # the ignored pixel
    unlabelled = torch.cat([logits, seeded(1, 3, 1, 4, seed=1)]), torch.cat([MASKS, torch.full((1, 1, 4), 255)])
    expected = segmentation_loss(logits, MASKS, WEIGHTS, over)
    torch.testing.assert_close(segmentation_loss(other, MASKS, WEIGHTS, over), expected)
    torch.testing.assert_close(segmentation_loss(*unlabelled, WEIGHTS, over), expected)


@pytest.mark.parametrize("over", ["all", "present"])
def test_a_batch_without_any_label_gives_zero_loss_and_zero_gradient(over):
    logits = seeded(2, 3, 1, 4).requires_grad_()
    loss = segmentation_loss(logits, torch.full((2, 1, 4), 255), WEIGHTS, over)
    loss.backward()
    assert loss.item() == 0 and torch.equal(logits.grad, torch.zeros(2, 3, 1, 4))


@pytest.mark.parametrize("over", ["all", "present"])
def test_a_perfect_prediction_costs_nothing_and_a_wrong_one_does(over):
    right = 100.0 * F.one_hot(MASKS.where(MASKS != 255, 0), 3).permute(0, 3, 1, 2)
    assert segmentation_loss(right, MASKS, WEIGHTS, over).item() == pytest.approx(0, abs=1e-4)
    assert segmentation_loss(right.roll(1, dims=1), MASKS, WEIGHTS, over).item() > 1


def test_sounding_adds_up_the_classes_whichever_they_are():
    logits = seeded(2, 4, 3, 5)
    sounding = sounding_logits(logits).softmax(dim=1)[:, 1]
    torch.testing.assert_close(sounding, 1 - logits.softmax(dim=1)[:, 0])
    swapped = logits[:, [0, 3, 1, 2]]
    torch.testing.assert_close(sounding_logits(swapped), sounding_logits(logits))


def test_the_total_is_segmentation_plus_a_share_of_the_contrastive_loss():
    assert total_loss(torch.tensor(2.0), torch.tensor(3.0), 0.1).item() == pytest.approx(2.3)


def test_tagging_is_of_which_classes_sound_and_from_where_in_valid_seconds_alone():
    tags = seeded(2, 3, 2)  # frames, directions, classes
    sounding = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    directions = torch.zeros(2, 2, 3)
    directions[0, 0, 2] = 1  # class 0 comes from the right; nothing is known of the second frame
    valid = torch.tensor([True, False])
    sums = tags[0].exp().sum(dim=0).log()
    what = F.softplus(-sums[0]) + F.softplus(sums[1])
    where = -tags[0, :, 0].log_softmax(dim=0)[2]
    torch.testing.assert_close(tagging_loss(tags, sounding, directions, valid), what + 0.5 * where)
