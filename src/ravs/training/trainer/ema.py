"""The running mean of the weights (EMA): calmer than the weights of any one step, and what is validated and saved."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.modeling.weights import check_state_dict, read_checkpoint
from ravs.training.run_folder.names import EMA_WEIGHTS


class WeightEma:
    """Exponential moving average of every floating-point weight and statistic of a model.

    The decay rises to its value as in TensorFlow's ExponentialMovingAverage, min(decay, (1 + n) / (10 + n)) at step n,
    so that short runs are not held back by where they began.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = model
        self.decay = decay
        self.values = {name: value.clone() for name, value in self._of_model().items()}
        self._depth = 0

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After update number `step` of the weights."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, value in self._of_model().items():
            self.values[name].lerp_(value, 1 - keep)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the averaged weights inside, its own again afterwards, to the bit."""
        self._depth += 1
        if self._depth == 1:
            self._exchange()
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._exchange()

    def save(self, folder: Path) -> None:
        """Into a checkpoint."""
        save_file({name: value.contiguous() for name, value in self.values.items()}, folder / EMA_WEIGHTS)

    def load(self, folder: Path) -> None:
        """From a checkpoint, whole and to the bit. Raises: ModelNotFoundError."""
        found = read_checkpoint(folder / EMA_WEIGHTS)
        check_state_dict(self.values, found, str(folder / EMA_WEIGHTS))
        for name, value in self.values.items():
            value.copy_(found[name])

    @torch.no_grad()
    def _exchange(self) -> None:
        for name, value in self._of_model().items():
            own = value.clone()
            value.copy_(self.values[name])
            self.values[name].copy_(own)

    def _of_model(self) -> dict[str, Tensor]:
        state = self.model.state_dict()
        return {name: value for name, value in state.items() if value.is_floating_point()}


class UpdateEma(TrainerCallback):
    """The running mean follows every step."""

    def __init__(self, average: WeightEma) -> None:
        self.average = average

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """After the weights have changed."""
        self.average.update(state.global_step)
