"""Eq. 10 and 11 against torch's Dirichlet and against probabilities."""

import pytest
import torch

from ravs.modeling.uncertainty import (
    UncertaintyHeads,
    adjust_logits,
    concentration,
    delta_of_winning_class,
    dirichlet_variance,
    readable_uncertainty,
    scale_bound,
    scale_minmax,
)


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("classes", [2, 3, 23])
def test_variance_is_that_of_a_dirichlet(classes):
    alpha = concentration(3 * seeded(2, classes, 4, 5))
    expected = torch.distributions.Dirichlet(alpha.movedim(1, -1)).variance.movedim(-1, 1)
    torch.testing.assert_close(dirichlet_variance(alpha), expected)


def test_variance_worked_out_on_paper():
    alpha = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)  # A = 6: 1 * 5, 2 * 4, 3 * 3 over 36 * 7
    expected = torch.tensor([5.0, 8.0, 9.0]).view(1, 3, 1, 1) / 252
    torch.testing.assert_close(dirichlet_variance(alpha), expected)


def test_concentration_is_softplus_in_float32_whatever_comes_in():
    logits = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.bfloat16).view(1, 3, 1, 1)
    alpha = concentration(logits)
    assert alpha.dtype == torch.float32
    torch.testing.assert_close(alpha, (1 + logits.float().exp()).log(), rtol=0, atol=2e-6)


@pytest.mark.parametrize("level", [-120.0, -1e4, 50.0, 1e4])
@pytest.mark.parametrize("scaling", ["bound", "minmax"])
def test_extreme_logits_give_no_nan_in_prediction_or_gradient(level, scaling):
    heads = UncertaintyHeads(width=4, num_classes=3, uncertainty=True, scaling=scaling)
    fused = seeded(2, 4, 3, 3).requires_grad_()
    torch.nn.init.constant_(heads.doubt.bias, level)
    _, adjusted, uncertainty = heads(fused)
    adjusted.square().sum().backward()
    for tensor in (adjusted, uncertainty, fused.grad, heads.doubt.weight.grad):
        assert tensor.isfinite().all()
    assert uncertainty.min() >= 0 and uncertainty.max() <= 1


def test_the_bound_is_reached_by_two_even_classes_of_no_evidence_and_never_passed():
    assert scale_bound(dirichlet_variance(torch.full((1, 2, 1, 1), 1e-6))).max() == pytest.approx(1, abs=1e-5)
    scaled = scale_bound(dirichlet_variance(concentration(20 * seeded(3, 5, 8, 8))))
    assert scaled.min() >= 0 and scaled.max() <= 1


def test_with_the_bound_no_other_pixel_changes_a_pixel():
    variance = dirichlet_variance(concentration(seeded(2, 3, 4, 4)))
    torch.testing.assert_close(scale_bound(variance)[:, :, :2], scale_bound(variance[:, :, :2]))


def test_minmax_takes_each_frame_from_its_least_to_its_greatest():
    variance = torch.tensor([[[[1.0, 3.0]], [[2.0, 5.0]]], [[[0.1, 0.2]], [[0.1, 0.1]]]])
    expected = torch.tensor([[[[0.0, 0.5]], [[0.25, 1.0]]], [[[0.0, 1.0]], [[0.0, 0.0]]]])
    torch.testing.assert_close(scale_minmax(variance), expected)


def test_minmax_of_a_constant_map_is_zero_and_its_range_has_no_gradient():
    assert torch.equal(scale_minmax(torch.full((1, 2, 3, 3), 0.1)), torch.zeros(1, 2, 3, 3))
    variance = torch.tensor([1.0, 3.0, 5.0]).view(1, 3, 1, 1).requires_grad_()
    scale_minmax(variance).sum().backward()
    torch.testing.assert_close(variance.grad.flatten(), torch.full((3,), 0.25))


def test_the_prediction_in_logits_is_the_prediction_in_probabilities_after_normalization():
    logits, delta = seeded(2, 5, 3, 4), seeded(2, 5, 3, 4, seed=1).sigmoid()
    divided = logits.softmax(dim=1) / (delta + 1e-4)
    torch.testing.assert_close(adjust_logits(logits, delta).softmax(dim=1), divided / divided.sum(dim=1, keepdim=True))


def test_of_binary_classes_only_the_sounding_one_is_divided():
    logits, delta = seeded(2, 2, 3, 4), seeded(2, 2, 3, 4, seed=1).sigmoid()
    sounding = logits.softmax(dim=1)[:, 1]  # the same as a sigmoid of the difference
    torch.testing.assert_close(sounding, (logits[:, 1] - logits[:, 0]).sigmoid())
    odds = sounding / (delta[:, 1] + 1e-4) / (1 - sounding)
    torch.testing.assert_close(adjust_logits(logits, delta).softmax(dim=1)[:, 1], odds / (1 + odds))


def test_a_surer_class_wins_over_an_unsure_one_of_equal_logit():
    delta = torch.tensor([0.9, 0.1, 0.9]).view(1, 3, 1, 1)
    assert adjust_logits(torch.zeros(1, 3, 1, 1), delta).argmax(dim=1).item() == 1


def test_the_uncertainty_of_a_pixel_is_that_of_the_class_that_wins_there():
    delta = torch.tensor([[[[0.1, 0.2]], [[0.3, 0.4]]]])
    adjusted = torch.tensor([[[[5.0, 0.0]], [[0.0, 5.0]]]])
    assert delta_of_winning_class(delta, adjusted).tolist() == [[pytest.approx([0.1, 0.4])]]


def test_without_the_second_head_the_logits_are_the_prediction():
    heads = UncertaintyHeads(width=4, num_classes=3, uncertainty=False, scaling="bound")
    logits, adjusted, uncertainty = heads(seeded(2, 4, 3, 3))
    assert torch.equal(logits, adjusted)
    assert uncertainty is None and heads.doubt is None


def test_the_heads_are_put_together_as_the_equations_say():
    heads = UncertaintyHeads(width=4, num_classes=3, uncertainty=True, scaling="bound")
    fused = seeded(2, 4, 3, 3)
    _, adjusted, uncertainty = heads(fused)
    delta = 4 * torch.distributions.Dirichlet(concentration(heads.doubt(fused)).movedim(1, -1)).variance.movedim(-1, 1)
    torch.testing.assert_close(adjusted, heads.classify(fused) - (delta + 1e-4).log())
    torch.testing.assert_close(
        uncertainty, readable_uncertainty(delta.gather(1, adjusted.argmax(dim=1, keepdim=True))[:, 0])
    )


def test_the_uncertainty_that_users_see_is_the_share_of_what_eq_11_can_take_from_a_logit():
    delta = torch.tensor([0.0, 1e-4, 1e-2, 1.0])
    taken = (
        adjust_logits(torch.zeros(1, 3, 1, 4), torch.zeros(1, 3, 1, 4))[0, 0, 0]
        - adjust_logits(torch.zeros(1, 3, 1, 4), delta.expand(1, 3, 1, 4))[0, 0, 0]
    )
    torch.testing.assert_close(readable_uncertainty(delta), taken / taken[-1])
    assert readable_uncertainty(delta)[0] == 0 and readable_uncertainty(delta)[-1] == 1
