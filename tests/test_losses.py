"""Eq. 2, 8, 9 and 12 by hand, and what must not count."""

import math

import pytest
import torch
from torch.nn import functional as F

from ravs.losses import (
    contrastive_loss,
    dice_and_iou,
    positives_and_negatives,
    segmentation_loss,
    similarity,
    tagging_loss,
    total_loss,
)

WEIGHTS = (5.0, 5.0, 2.0)


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def contrast(alike, valid=None, sharpness=5.0, threshold=0.5, temperature=0.1):
    """Eq. 9 with its own partition."""
    valid = torch.ones(len(alike), dtype=torch.bool) if valid is None else valid
    return contrastive_loss(alike, *positives_and_negatives(alike, sharpness, threshold), valid, temperature)


def test_similarity_is_the_cosine_of_a_group_and_its_own_second_of_sound():
    groups, audio = seeded(2, 3, 5), seeded(2, 5, seed=1)
    for frame in range(2):
        for group in range(3):
            g, a = groups[frame, group], audio[frame]
            expected = (g @ a) / (g.norm() * a.norm())
            torch.testing.assert_close(similarity(groups, audio)[frame, group], expected)


def test_silence_of_all_zeros_is_like_nothing_and_gives_no_nan():
    groups = seeded(1, 3, 5).requires_grad_()
    alike = similarity(groups, torch.zeros(1, 5))
    assert torch.equal(alike, torch.zeros(1, 3))
    alike.sum().backward()
    assert groups.grad.isfinite().all()


def test_a_group_is_positive_where_its_response_passes_the_threshold():
    alike = torch.tensor([[0.3, 0.1, -0.2]])
    positive, negative = positives_and_negatives(alike, 5.0, 0.5)
    assert positive.tolist() == [[True, True, False]] and negative.tolist() == [[False, False, True]]
    positive, _ = positives_and_negatives(alike, 5.0, 0.7)  # sigmoid(1.5) = 0.82, sigmoid(0.5) = 0.62
    assert positive.tolist() == [[True, False, False]]


def test_a_frame_of_one_kind_has_neither_positives_nor_negatives():
    alike = torch.tensor([[0.3, 0.1], [-0.3, -0.1], [0.3, -0.1]])
    positive, negative = positives_and_negatives(alike, 5.0, 0.5)
    assert positive.tolist() == [[False, False], [False, False], [True, False]]
    assert negative.tolist() == [[False, False], [False, False], [False, True]]


def test_the_contrast_of_each_positive_is_against_the_negatives_of_its_frame():
    alike = torch.tensor([[0.5, 0.2, -0.1, -0.4], [0.3, -0.2, -0.3, -0.6]])

    def each(positive, negatives):
        exponentials = [math.exp(one / 0.1) for one in negatives]
        return -math.log(math.exp(positive / 0.1) / (math.exp(positive / 0.1) + sum(exponentials)))

    terms = [each(0.5, [-0.1, -0.4]), each(0.2, [-0.1, -0.4]), each(0.3, [-0.2, -0.3, -0.6])]
    assert contrast(alike).item() == pytest.approx(sum(terms) / 3, rel=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_frame_with_only_positives_or_only_negatives_gives_zero_loss_and_zero_gradient(sign):
    alike = (sign * seeded(3, 4).abs()).requires_grad_()
    loss = contrast(alike)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(alike.grad, torch.zeros(3, 4))


def test_such_a_frame_changes_nothing_about_the_others():
    alike = torch.tensor([[0.5, -0.1, -0.4]])
    with_one_kind = torch.cat([alike, torch.tensor([[0.5, 0.1, 0.4], [-0.5, -0.1, -0.4]])])
    assert contrast(with_one_kind).item() == pytest.approx(contrast(alike).item())


def test_padding_never_counts_in_the_contrast():
    alike = torch.tensor([[0.5, -0.1, -0.4], [0.1, 0.2, -0.9]]).requires_grad_()
    loss = contrast(alike, torch.tensor([True, False]))
    loss.backward()
    assert loss.item() == pytest.approx(contrast(alike[:1]).item())
    assert torch.equal(alike.grad[1], torch.zeros(3))
    assert contrast(alike, torch.tensor([False, False])).item() == 0


def test_the_contrast_pulls_positives_to_the_sound_and_pushes_negatives_away():
    alike = torch.tensor([[0.1, -0.1, -0.2]]).requires_grad_()
    contrast(alike).backward()
    assert alike.grad[0, 0] < 0 and (alike.grad[0, 1:] > 0).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_losses_are_finite_and_float32_in_half_precision(dtype):
    with torch.autocast("cpu", dtype=dtype):
        alike = similarity(100 * seeded(2, 4, 8).to(dtype), 100 * seeded(2, 8, seed=1).to(dtype))
        contrastive = contrast(alike)
        masks = torch.tensor([[[0, 1], [255, 2]]])
        segmentation = segmentation_loss(300 * seeded(1, 3, 2, 2).to(dtype), masks, WEIGHTS, "present")
    for loss in (contrastive, segmentation):
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
    assert segmentation_loss(logits, MASKS, (5.0, 4.0, 2.0), over).item() == pytest.approx(expected.item(), rel=1e-5)


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


def test_the_total_is_segmentation_plus_a_share_of_the_contrast():
    assert total_loss(torch.tensor(2.0), torch.tensor(3.0), 0.1).item() == pytest.approx(2.3)


def test_tagging_asks_what_sounds_and_from_where_in_valid_seconds_alone():
    tags = seeded(2, 3, 2)  # frames, directions, classes
    sounding = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    directions = torch.zeros(2, 2, 3)
    directions[0, 0, 2] = 1  # class 0 comes from the right; nothing is known of the second frame
    valid = torch.tensor([True, False])
    sums = tags[0].exp().sum(dim=0).log()
    what = F.softplus(-sums[0]) + F.softplus(sums[1])
    where = -tags[0, :, 0].log_softmax(dim=0)[2]
    torch.testing.assert_close(tagging_loss(tags, sounding, directions, valid), what + 0.5 * where)
