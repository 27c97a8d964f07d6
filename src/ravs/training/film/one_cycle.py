"""Trains a small part of the model by a loss that draws its own batch: AdamW, one cycle of the learning rate."""

from collections.abc import Callable
from math import inf

import torch
from torch import Tensor, nn

Progress = Callable[[int, int, float], None]  # called with how many steps are done, of how many, and the loss


def train_part(
    part: nn.Module,
    loss_of_step: Callable[[int], Tensor],
    *,
    steps: int,
    rate: float,
    decay: float,
    warmup: float = 0.1,
    max_norm: float = inf,
    progress: Progress | None = None,
) -> None:
    """Train in place; the part is in evaluation mode afterwards.

    A plain loop: transformers' Trainer wants a data set of the model's own inputs, and these parts learn from what the
    frozen ones gave.

    Args:
        part: what is trained.
        loss_of_step: the loss of a new batch, of the part as it is.
        steps: weight updates.
        rate: at its peak.
        decay: AdamW's weight decay.
        warmup: share of the steps until the peak.
        max_norm: of the gradient.
        progress: called after each step.
    """
    optimizer = torch.optim.AdamW(part.parameters(), lr=rate, weight_decay=decay)
    total = steps + 1  # the rate of the last update is not quite zero
    warmup = max(warmup, 2 / total)  # OneCycleLR divides by zero where warming up takes exactly one step
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=total, pct_start=warmup)
    part.train()
    for step in range(steps):
        loss = loss_of_step(step)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(part.parameters(), max_norm)
        optimizer.step()
        schedule.step()
        if progress:
            progress(step + 1, steps, loss.item())
    part.eval()
