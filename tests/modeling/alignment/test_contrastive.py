"""Eq. 8 and 9 by hand, what must not count, and the figures that show whether the contrastive loss learns."""

import math

import pytest
import torch

from ravs.modeling.alignment.contrastive import (
    area_under_curve,
    contrastive_alignment,
    contrastive_loss,
    label_groups,
    positives_and_negatives,
    similarity,
)


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


of_both_forms = pytest.mark.parametrize("form", ["joint", "each"])


def contrast_of(similarities, valid=None, sharpness=5.0, threshold=0.5, temperature=0.1, form="joint"):
    """Eq. 9 with its own partition."""
    valid = torch.ones(len(similarities), dtype=torch.bool) if valid is None else valid
    return contrastive_loss(
        similarities, *positives_and_negatives(similarities, sharpness, threshold), valid, temperature, form
    )


def test_similarity_is_the_cosine_of_a_group_and_its_own_second_of_audio():
    groups, audio = seeded(2, 3, 5), seeded(2, 5, seed=1)
    for frame in range(2):
        for group in range(3):
            g, a = groups[frame, group], audio[frame]
            expected = (g @ a) / (g.norm() * a.norm())
            torch.testing.assert_close(similarity(groups, audio)[frame, group], expected)


def test_silence_of_all_zeros_has_similarity_zero_and_gives_no_nan():
    groups = seeded(1, 3, 5).requires_grad_()
    similarities = similarity(groups, torch.zeros(1, 5))
    assert torch.equal(similarities, torch.zeros(1, 3))
    similarities.sum().backward()
    assert groups.grad.isfinite().all()


def test_a_group_is_positive_where_its_response_passes_the_threshold():
    similarities = torch.tensor([[0.3, 0.1, -0.2]])
    positive, negative = positives_and_negatives(similarities, 5.0, 0.5)
    assert positive.tolist() == [[True, True, False]] and negative.tolist() == [[False, False, True]]
    positive, _ = positives_and_negatives(similarities, 5.0, 0.7)  # sigmoid(1.5) = 0.82, sigmoid(0.5) = 0.62
    assert positive.tolist() == [[True, False, False]]


def test_a_frame_of_one_kind_has_neither_positives_nor_negatives():
    similarities = torch.tensor([[0.3, 0.1], [-0.3, -0.1], [0.3, -0.1]])
    positive, negative = positives_and_negatives(similarities, 5.0, 0.5)
    assert positive.tolist() == [[False, False], [False, False], [True, False]]
    assert negative.tolist() == [[False, False], [False, False], [False, True]]


TWO_FRAMES = torch.tensor([[0.5, 0.2, -0.1, -0.4], [0.3, -0.2, -0.3, -0.6]])


def test_the_contrastive_loss_as_printed_is_one_logarithm_a_frame_over_the_sum_of_its_positives():
    def one(positives, negatives):
        above, below = (sum(math.exp(value / 0.1) for value in values) for values in (positives, negatives))
        return -math.log(above / (above + below))

    terms = [one([0.5, 0.2], [-0.1, -0.4]), one([0.3], [-0.2, -0.3, -0.6])]
    assert contrast_of(TWO_FRAMES).item() == pytest.approx(sum(terms) / 2, rel=1e-4)


@pytest.mark.parametrize(("form", "expected"), [("joint", 8.3e-7), ("each", 0.001238)])
def test_a_clear_positive_hides_a_doubtful_one_in_the_printed_form_alone(form, expected):
    similarities = torch.tensor([[0.9, 0.1, -0.5]])
    # joint: log(1 + e^-5 / (e^9 + e^1)); each: the mean of log(1 + e^-14) and log(1 + e^-6)
    assert contrast_of(similarities, form=form).item() == pytest.approx(expected, rel=5e-3)


def test_the_contrastive_loss_of_each_positive_is_against_the_negatives_of_its_frame():

    def each(positive, negatives):
        exponentials = [math.exp(one / 0.1) for one in negatives]
        return -math.log(math.exp(positive / 0.1) / (math.exp(positive / 0.1) + sum(exponentials)))

    terms = [each(0.5, [-0.1, -0.4]), each(0.2, [-0.1, -0.4]), each(0.3, [-0.2, -0.3, -0.6])]
    assert contrast_of(TWO_FRAMES, form="each").item() == pytest.approx(sum(terms) / 3, rel=1e-4)


@of_both_forms
@pytest.mark.parametrize("sign", [1, -1])
def test_a_frame_with_only_positives_or_only_negatives_gives_zero_loss_and_zero_gradient(sign, form):
    similarities = (sign * seeded(3, 4).abs()).requires_grad_()
    loss = contrast_of(similarities, form=form)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(similarities.grad, torch.zeros(3, 4))


@of_both_forms
def test_such_a_frame_changes_nothing_about_the_others(form):
    similarities = torch.tensor([[0.5, -0.1, -0.4]])
    with_one_kind = torch.cat([similarities, torch.tensor([[0.5, 0.1, 0.4], [-0.5, -0.1, -0.4]])])
    assert contrast_of(with_one_kind, form=form).item() == pytest.approx(contrast_of(similarities, form=form).item())


@of_both_forms
def test_padding_never_counts_in_the_contrastive_loss(form):
    similarities = torch.tensor([[0.5, -0.1, -0.4], [0.1, 0.2, -0.9]]).requires_grad_()
    loss = contrast_of(similarities, torch.tensor([True, False]), form=form)
    loss.backward()
    assert loss.item() == pytest.approx(contrast_of(similarities[:1], form=form).item())
    assert torch.equal(similarities.grad[1], torch.zeros(3))
    assert contrast_of(similarities, torch.tensor([False, False]), form=form).item() == 0


@of_both_forms
def test_the_contrastive_loss_pulls_positives_to_the_audio_and_pushes_negatives_away(form):
    similarities = torch.tensor([[0.1, -0.1, -0.2]]).requires_grad_()
    contrast_of(similarities, form=form).backward()
    assert similarities.grad[0, 0] < 0 and (similarities.grad[0, 1:] > 0).all()


@of_both_forms
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_contrastive_loss_is_finite_and_float32_in_half_precision(dtype, form):
    with torch.autocast("cpu", dtype=dtype):
        similarities = similarity(100 * seeded(2, 4, 8).to(dtype), 100 * seeded(2, 8, seed=1).to(dtype))
        loss = contrast_of(similarities, form=form)
    assert loss.dtype == torch.float32 and loss.isfinite()


# One frame, a map of 2 x 4 tokens in three groups, a mask of twice the map's size.
GROUPS = torch.tensor([[0, 0, 1, 1, 0, 2, 2, 2]])


def mask_of(rows):
    return torch.tensor([rows]).repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)


def test_a_group_sounds_where_more_than_half_of_it_lies_in_the_mask():
    inside, outside = label_groups(GROUPS, 3, (2, 4), mask_of([[7, 7, 7, 0], [0, 0, 0, 0]]), 255)
    assert inside.tolist() == [[True, False, False]]  # two of three, one of two, none
    assert outside.tolist() == [[False, True, True]]


def test_a_group_without_labels_is_neither_and_unlabelled_positions_do_not_count():
    inside, outside = label_groups(GROUPS, 3, (2, 4), mask_of([[255, 255, 3, 255], [0, 255, 255, 255]]), 255)
    assert inside.tolist() == [[False, True, False]]
    assert outside.tolist() == [[True, False, False]]


def test_the_area_under_the_curve_counts_pairs_in_order_and_ties_as_half():
    scores = torch.tensor([[0.9, 0.2, 0.5], [0.1, 0.2, 0.0]])
    sounding = torch.tensor([[True, True, False], [False, False, False]])
    silent = torch.tensor([[False, False, True], [True, True, False]])
    # 0.9 is above 0.5, 0.1 and 0.2; 0.2 is above 0.1, ties with 0.2, and is below 0.5
    assert area_under_curve(scores, sounding, silent).item() == pytest.approx((3 + 1 + 0.5) / 6)
    assert area_under_curve(scores, sounding, torch.zeros_like(silent)).isnan()


def contrast_with(positives, similarities, truth, valid):
    options = {"sharpness": 5.0, "threshold": 0.5, "temperature": 0.1, "form": "joint"}
    return contrastive_alignment(similarities, truth, valid, positives=positives, **options)


def test_the_masks_may_say_which_groups_are_positive_in_place_of_the_response():
    similarities = torch.tensor([[-0.5, 0.4, 0.1]])
    truth = (torch.tensor([[True, False, False]]), torch.tensor([[False, True, True]]))
    valid = torch.tensor([True])
    by_masks = contrast_with("masks", similarities, truth, valid)
    assert by_masks.loss.item() == pytest.approx(contrastive_loss(similarities, *truth, valid, 0.1, "joint").item())
    assert by_masks.auc.item() == 0  # the sounding group is the least similar
    by_response = contrast_with("response", similarities, truth, valid)
    assert by_response.loss.item() == pytest.approx(contrast_of(similarities).item())
    assert by_response.loss < by_masks.loss


def test_the_share_of_frames_with_both_kinds_leaves_padding_out():
    similarities = torch.tensor([[0.5, -0.5], [0.5, 0.5], [0.5, -0.5]])
    nowhere = torch.zeros(3, 2, dtype=torch.bool)
    found = contrast_with("response", similarities, (nowhere, nowhere), torch.tensor([True, True, False]))
    assert found.both_kinds.item() == pytest.approx(1 / 2)
    assert found.auc.isnan()


def test_frames_without_labels_add_nothing_to_the_contrastive_loss_by_masks():
    similarities = torch.tensor([[0.5, -0.5]]).requires_grad_()
    nowhere = torch.zeros(1, 2, dtype=torch.bool)
    loss = contrast_with("masks", similarities, (nowhere, nowhere), torch.tensor([True])).loss
    loss.backward()
    assert loss.item() == 0 and not similarities.grad.any()
