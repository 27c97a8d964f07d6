"""Exponential moving average (EMA) of the weights, which is validated and saved in their place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.weights import check_state_dict
from ravs.training.run_folder.names import EMA_WEIGHTS


class WeightEma:
    """EMA of every floating-point weight and statistic of a model.

    The decay rises to its value as in TensorFlow's ExponentialMovingAverage, min(decay, (1 + n) / (10 + n)) at step n,
    so that in short runs the initial weights do not dominate.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = model
        self.decay = decay
        self.values = {name: value.clone() for name, value in self._float_state().items()}
        self._depth = 0

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Update the average after step number `step`."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, value in self._float_state().items():
            self.values[name].lerp_(value, 1 - keep)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Inside the block the model has the EMA weights; afterwards its own again, bit for bit."""
        self._depth += 1
        if self._depth == 1:
            self._swap()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._swap()

    def save(self, folder: Path) -> None:
        """Write the average into a checkpoint."""
        save_file({name: value.contiguous() for name, value in self.values.items()}, folder / EMA_WEIGHTS)

    def load(self, folder: Path) -> None:
        """Read the average from a checkpoint, complete and bit for bit. Raises: ModelNotFoundError."""
        found = read_checkpoint(folder / EMA_WEIGHTS)
        check_state_dict(self.values, found, str(folder / EMA_WEIGHTS))
        for name, value in self.values.items():
            value.copy_(found[name])

    @torch.no_grad()
    def _swap(self) -> None:
        for name, value in self._float_state().items():
            own = value.clone()
            value.copy_(self.values[name])
            self.values[name].copy_(own)

    def _float_state(self) -> dict[str, Tensor]:
        state = self.model.state_dict()
        return {name: value for name, value in state.items() if value.is_floating_point()}


class UpdateEma(TrainerCallback):
    """Updates the EMA after every step."""

    def __init__(self, ema: WeightEma) -> None:
        self.ema = ema

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Update it with the new weights."""
        self.ema.update(state.global_step)
