"""Optimizers and schedules of the recipes."""

import pytest
import torch
from torch import nn
from transformers import get_scheduler

from ravs.config import RavsConfig
from ravs.config.recipe import OptimizerRecipe
from ravs.modeling.ravs import RavsModel
from ravs.training.trainer.optimizer import build_optimizer, precision_arguments, scheduler_arguments


def rates(steps=10, **choices):
    """The learning rate at each step of a run."""
    recipe = OptimizerRecipe(learning_rate=1.0, warmup_steps=2, **choices)
    arguments = scheduler_arguments(recipe)
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    scheduler = get_scheduler(
        arguments["lr_scheduler_type"],
        optimizer,
        num_warmup_steps=arguments["warmup_steps"],
        num_training_steps=steps,
        scheduler_specific_kwargs=arguments["lr_scheduler_kwargs"],
    )
    found = []
    for _ in range(steps + 1):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_each_schedule_warms_up_and_then_takes_its_form():
    assert rates(schedule="constant") == [0.0, 0.5] + [1.0] * 9
    assert rates()[6] == pytest.approx(0.5) and rates()[10] == pytest.approx(0.0)
    assert rates(rate_floor=0.4)[6] == pytest.approx(0.7) and rates(rate_floor=0.4)[10] == pytest.approx(0.4)
    assert rates(schedule="poly")[6] == pytest.approx(0.5**0.9)
    assert rates(schedule="poly", rate_floor=1e-5)[10] == pytest.approx(1e-5)


@pytest.mark.parametrize(("name", "kind"), [("adamw", "AdamW"), ("adam", "Adam"), ("sgd", "SGD")])
def test_the_optimizer_is_the_one_that_the_recipe_names(name, kind):
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    optimizer = build_optimizer(model, OptimizerRecipe(optimiser=name, momentum=0.8))
    assert type(optimizer).__name__ == kind
    assert optimizer.param_groups[0].get("momentum", 0.8) == 0.8


def test_precision_is_full_without_a_gpu_unless_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert precision_arguments(OptimizerRecipe()) == {"bf16": False, "fp16": False}
    assert precision_arguments(OptimizerRecipe(precision="bf16")) == {"bf16": True, "fp16": False}
