"""The running mean of the weights."""

import torch
from torch import nn

from ravs.training.trainer.ema import WeightEma


def test_the_mean_follows_its_formula_and_a_floating_statistic_goes_with_it():
    model = nn.BatchNorm1d(1)
    average = WeightEma(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
        model.running_mean.fill_(6.0)
    average.update(1)  # keeps (1 + 1) / (10 + 1) at first
    torch.testing.assert_close(average.values["weight"], torch.tensor([1 * 2 / 11 + 3 * 9 / 11]))
    torch.testing.assert_close(average.values["running_mean"], torch.tensor([6 * 9 / 11]))
    before = average.values["weight"].clone()
    average.update(1000)
    torch.testing.assert_close(average.values["weight"], before / 2 + 1.5)
    assert "num_batches_tracked" not in average.values


def test_the_model_has_the_mean_inside_and_its_own_weights_afterwards_to_the_bit(tmp_path):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    average = WeightEma(model, 0.9)
    first = model.weight.detach().clone()
    with torch.no_grad():
        model.weight.mul_(1.7)
    own = model.weight.detach().clone()
    with average.in_place(), average.in_place():
        assert torch.equal(model.weight, first)
    assert torch.equal(model.weight, own)
    average.save(tmp_path)
    average.update(5)
    again = WeightEma(model, 0.9)
    again.load(tmp_path)
    assert torch.equal(again.values["weight"], first)
