"""Trainer with the recipe's optimizer, our batch sampler, and losses over all processes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import TrainerCallback, TrainerState, TrainingArguments

from ravs.config.recipe import OptimizerRecipe
from ravs.errors import RavsError
from ravs.modeling.layers.global_batch import shared_batch
from ravs.training.callbacks.epochs import current_epoch
from ravs.training.data.batch_sampler import DistributedBatchSampler
from ravs.training.data.unreadable_clips import ReadableClips
from ravs.training.initialize import AudioTagger
from ravs.training.run_folder.checkpoints import last_complete_checkpoint
from ravs.training.trainer.checkpointing import CheckpointingTrainer
from ravs.training.trainer.ema import UpdateEma, WeightEma
from ravs.training.trainer.optimizer import build_optimizer


class RavsTrainer(CheckpointingTrainer):
    """transformers' Trainer, overridden only where it must be."""

    def __init__(
        self,
        *,
        recipe: OptimizerRecipe,
        batch_sampler: DistributedBatchSampler,
        validation_collator: Callable[[Any], dict[str, Any]],
        train_dataset: ReadableClips,
        **kwargs: Any,
    ) -> None:
        super().__init__(train_dataset=train_dataset, **kwargs)
        self.recipe = recipe
        self.validation_collator = validation_collator
        self.clips = train_dataset
        self.batch_sampler = batch_sampler
        self.add_callback(StartEpoch(self.batch_sampler, self.model, recipe.frozen_epochs))
        assert isinstance(self.model, nn.Module)
        self.ema = None if recipe.ema is None else WeightEma(self.model, recipe.ema)
        if self.ema is not None:
            self.add_callback(UpdateEma(self.ema))

    def get_train_dataloader(self) -> DataLoader[Any]:
        """This process's share of every batch; not prepared by accelerate, which would divide it again."""
        workers = self.args.dataloader_num_workers
        return DataLoader(
            self.clips,
            batch_sampler=self.batch_sampler,
            collate_fn=self.data_collator,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[Any]:
        """Clips in order and unchanged, divided among processes by accelerate, which counts none twice."""
        clips: Any = self.eval_dataset if eval_dataset is None else eval_dataset
        if isinstance(eval_dataset, str):
            clips = self.eval_dataset[eval_dataset]  # type: ignore[index]
        loader = DataLoader(clips, batch_size=8, collate_fn=self.validation_collator)
        return self.accelerator.prepare(loader)  # type: ignore[no-any-return]

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """The recipe's optimizer."""
        if self.optimizer is None:
            assert self.model is not None
            self.optimizer = build_optimizer(self.model, self.recipe)
        return self.optimizer

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The model's own loss over all processes; its named parts are kept for the log.

        Raises: RavsError for a loss that is not finite.
        """
        with shared_batch():
            outputs = model(**inputs)
        loss = outputs["loss"]
        self._check_finite("the loss", loss)
        self.loss_parts = {key: outputs[key].item() for key in outputs if key != "loss" and outputs[key].ndim == 0}
        return (loss, outputs) if return_outputs else loss

    def _get_grad_norm(self, model: nn.Module, grad_norm: Any = None) -> Any:
        """Check the gradient before the weights change. With fp16 the scaler skips steps whose gradient overflows."""
        norm = super()._get_grad_norm(model, grad_norm)
        if not self.args.fp16:
            self._check_finite("the gradient", torch.as_tensor(norm))
        return norm

    def _check_finite(self, what: str, value: Tensor) -> None:
        if not bool(torch.isfinite(value)):
            step = self.state.global_step
            batches = self.batch_sampler.batches()
            clips = [self.clips.name_of(index) for index in batches[step % len(batches)]]
            kept = last_complete_checkpoint(self.out)
            raise not_finite_error(what, step + 1, clips, str(kept) if kept else None)

    def prediction_step(
        self, model: nn.Module, inputs: dict[str, Any], prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, prediction (adjusted logits, or logits of sounding classes) and ground truth."""
        with torch.no_grad():
            outputs = model(**self._prepare_inputs(inputs))
        if isinstance(self.model, AudioTagger):
            return outputs["loss"], outputs["logits"], inputs["sounding"]
        return outputs["loss"], outputs["adjusted_logits"], inputs["masks"]

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Add the parts of the last step's loss."""
        super().log(logs | getattr(self, "loss_parts", {}) if "loss" in logs else logs, *args, **kwargs)


class StartEpoch(TrainerCallback):
    """Sets the sampler's epoch, and freezes or unfreezes the visual encoder, before the loader's workers start."""

    def __init__(self, batch_sampler: DistributedBatchSampler, model: Any, frozen_epochs: int) -> None:
        self.batch_sampler = batch_sampler
        self.frozen_epochs = frozen_epochs
        encoder = getattr(model, "visual_encoder", None)
        self.trained = [one for one in encoder.parameters() if one.requires_grad] if encoder is not None else []

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: Any, **kwargs: Any) -> None:
        """A run that resumes in the middle of an epoch has that epoch again."""
        epoch = current_epoch(state)
        self.batch_sampler.set_epoch(epoch)
        for parameter in self.trained:
            parameter.requires_grad_(epoch >= self.frozen_epochs)


def not_finite_error(what: str, step: int, clips: list[str], kept: str | None) -> RavsError:
    """The error for a loss or gradient that is not finite: step, clips, and the checkpoint that is kept."""
    checkpoint = f"the last good checkpoint is {kept}" if kept else "no checkpoint had been written"
    return RavsError(
        f"{what} of step {step} is not finite (clips: {', '.join(clips)}). Nothing was overwritten; {checkpoint}. "
        "Lower training.learning_rate, or set training.precision to fp32"
    )
