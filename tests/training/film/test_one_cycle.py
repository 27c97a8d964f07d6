"""The loop that small parts are trained with."""

import pytest
import torch
from torch import nn

from ravs.training.film.one_cycle import train_part


def fit(steps=200, **choices):
    torch.manual_seed(0)
    part = nn.Linear(1, 1).eval()
    modes, seen = [], []

    def loss(step):
        modes.append(part.training)
        return (part(torch.ones(1, 1)) - 3).square().sum()

    options = {"rate": 0.1, "decay": 0.0, "progress": lambda *state: seen.append(state)} | choices
    train_part(part, loss, steps=steps, **options)
    return part, modes, seen


def test_the_loss_falls_and_each_step_is_reported():
    part, _, seen = fit()
    assert part(torch.ones(1, 1)).item() == pytest.approx(3, abs=0.05)
    assert [state[:2] for state in seen] == [(step, 200) for step in range(1, 201)]
    assert seen[-1][2] < seen[0][2] / 100


def test_the_part_is_in_training_during_the_steps_and_in_evaluation_afterwards():
    part, modes, _ = fit(steps=3)
    assert (modes, part.training) == ([True] * 3, False)


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 19])
def test_any_number_of_steps_can_be_done(steps):
    assert len(fit(steps=steps)[2]) == steps


def test_the_gradient_is_clipped_at_its_largest_norm():
    norms = []

    def watched(*_):
        norms.append(torch.cat([one.grad.flatten() for one in part.parameters()]).norm().item())

    part = nn.Linear(1, 1)
    loss = lambda step: 100 * part(torch.ones(1, 1)).sum()  # noqa: E731
    train_part(part, loss, steps=2, rate=0.1, decay=0.0, max_norm=0.5, progress=watched)
    assert norms == pytest.approx([0.5, 0.5], abs=1e-5)
