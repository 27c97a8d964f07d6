"""Trainer with the recipe's parameter groups, a collator of its own for validation, and new material in each epoch."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainerState, TrainingArguments

from ravs.data.training_clips import TrainingClips
from ravs.model import RavsModel
from ravs.recipe import OptimiserRecipe
from ravs.training.start import Tagger


class RavsTrainer(Trainer):
    """Trainer with the recipe's parameter groups, and a collator of its own for validation."""

    def __init__(self, *, recipe: OptimiserRecipe, validation_collator: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.recipe = recipe
        self.validation_collator = validation_collator

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Whole clips as they are, in order."""
        held: Any = self.eval_dataset
        clips = held[eval_dataset] if isinstance(eval_dataset, str) else eval_dataset
        loader = DataLoader(clips, batch_size=8, collate_fn=self.validation_collator)
        return self.accelerator.prepare(loader)  # type: ignore[no-any-return]

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """AdamW; each group's rate follows the schedule."""
        if self.optimizer is None:
            assert self.model is not None
            self.optimizer = torch.optim.AdamW(parameter_groups(self.model, self.recipe), fused=True)
        return self.optimizer

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The model's own loss; its named parts and figures are kept for the log."""
        outputs = model(**inputs)
        self.parts = {key: outputs[key].item() for key in outputs if key != "loss" and outputs[key].ndim == 0}
        return (outputs["loss"], outputs) if return_outputs else outputs["loss"]

    def prediction_step(
        self, model: nn.Module, inputs: dict[str, Any], prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, the prediction (adjusted logits, or logits of what sounds) and its truth."""
        with torch.no_grad():
            outputs = model(**self._prepare_inputs(inputs))
        if isinstance(model, Tagger):
            return outputs["loss"], outputs["logits"], inputs["sounding"]
        return outputs["loss"], outputs["adjusted_logits"], inputs["masks"]

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Adds the loss's parts of the last step."""
        super().log(logs | getattr(self, "parts", {}) if "loss" in logs else logs, *args, **kwargs)


def parameter_groups(model: nn.Module, recipe: OptimiserRecipe) -> list[dict[str, Any]]:
    """Trainable parameters by (encoder or not, matrix or vector), each with its rate and weight decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            in_encoder = "encoder" in name and isinstance(model, RavsModel)
            groups.setdefault((in_encoder, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": recipe.learning_rate * (recipe.encoder_rate if in_encoder else 1.0),
            "weight_decay": recipe.weight_decay if matrix else 0.0,
        }
        for (in_encoder, matrix), parameters in groups.items()
    ]


class NewEpoch(TrainerCallback):
    """Other sounds, other changes of the pictures and some new scenes in every epoch."""

    def __init__(self, clips: TrainingClips, renewed: float) -> None:
        self.clips = clips
        self.renewed = renewed

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """Before the loader's workers start: which epoch it is, and what the pool holds in it."""
        epoch = int((state.epoch or 0) + 1e-6)
        self.clips.set_epoch(epoch)
        self.clips.pool.renew(epoch, self.renewed)
