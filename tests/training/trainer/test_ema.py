"""The exponential moving average of the weights."""

import torch
from torch import nn

from ravs.training.trainer.ema import WeightEma


def test_the_average_follows_its_formula_and_includes_floating_point_statistics():
    model = nn.BatchNorm1d(1)
    ema = WeightEma(model, 0.5)
    with torch.no_grad():
        model.weight.fill_(3.0)
        model.running_mean.fill_(6.0)
    ema.update(1)  # keeps (1 + 1) / (10 + 1) at first
    torch.testing.assert_close(ema.values["weight"], torch.tensor([1 * 2 / 11 + 3 * 9 / 11]))
    torch.testing.assert_close(ema.values["running_mean"], torch.tensor([6 * 9 / 11]))
    before = ema.values["weight"].clone()
    ema.update(1000)
    torch.testing.assert_close(ema.values["weight"], before / 2 + 1.5)
    assert "num_batches_tracked" not in ema.values


def test_the_model_has_the_average_inside_and_its_own_weights_afterwards_bit_for_bit(tmp_path):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    ema = WeightEma(model, 0.9)
    first = model.weight.detach().clone()
    with torch.no_grad():
        model.weight.mul_(1.7)
    own = model.weight.detach().clone()
    with ema.swapped_in(), ema.swapped_in():
        assert torch.equal(model.weight, first)
    assert torch.equal(model.weight, own)
    ema.save(tmp_path)
    ema.update(5)
    again = WeightEma(model, 0.9)
    again.load(tmp_path)
    assert torch.equal(again.values["weight"], first)
