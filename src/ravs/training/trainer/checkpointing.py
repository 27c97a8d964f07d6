"""Trainer with atomic checkpoints, whose EMA weights are validated and saved."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from transformers import Trainer
from transformers.trainer import TRAINER_STATE_NAME

from ravs.errors import ModelNotFoundError
from ravs.files import move_entries, remove, sync_to_disk
from ravs.modeling.base import read_model_weights
from ravs.modeling.weights import load_strict, quiet_transformers
from ravs.training import distributed
from ravs.training.run_folder.checkpoints import check_complete, prune_checkpoints, write_manifest
from ravs.training.run_folder.disk_full import WRITE_ERRORS, explain_disk_full
from ravs.training.run_folder.names import WRITING
from ravs.training.trainer.ema import WeightEma


class CheckpointingTrainer(Trainer):
    """Writes checkpoints atomically: a process killed at any moment leaves those that were complete before."""

    ema: WeightEma | None = None
    _folder: Path | None = None  # where a checkpoint is written until it is complete

    @property
    def out(self) -> Path:
        """The run's folder."""
        return Path(str(self.args.output_dir))

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """As transformers', with the EMA weights where there are any."""
        with self.ema_weights():
            metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        return metrics

    def ema_weights(self) -> AbstractContextManager[None]:
        """Inside this block the model has its EMA weights, if the recipe asks for them."""
        return nullcontext() if self.ema is None else self.ema.swapped_in()

    def _maybe_log_save_evaluate(self, *args: Any, **kwargs: Any) -> None:
        """Log a record with each checkpoint, so that no record's mean spans one."""
        self.control.should_log |= self.control.should_save
        super()._maybe_log_save_evaluate(*args, **kwargs)

    def _get_output_dir(self, trial: Any = None) -> str:
        return str(self._folder or self.out)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """As transformers', but in another folder, moved once all processes have written their files."""
        name = f"checkpoint-{self.state.global_step}"
        with self._atomic_folder(name) as folder, quiet_transformers():
            self._folder = folder
            try:
                super()._save_checkpoint(model, trial)
            finally:
                self._folder = None
            if self.state.best_global_step is not None:
                self.state.best_model_checkpoint = str(self.out / f"checkpoint-{self.state.best_global_step}")
            if distributed.rank() == 0:
                if self.ema is not None:
                    self.ema.save(folder / name)
                self.state.save_to_json(str(folder / name / TRAINER_STATE_NAME))
            distributed.barrier()  # each writes its own files
            if distributed.rank() == 0:
                write_manifest(folder / name)
        if distributed.rank() == 0:
            prune_checkpoints(self.out)

    def save_final(self) -> None:
        """Save the trained weights, or their EMA where the recipe asks for it, into the run's folder."""
        with self._atomic_folder("model") as folder, self.ema_weights(), quiet_transformers():
            self.save_model(str(folder / "model"))
            if distributed.rank() == 0:
                sync_to_disk(folder / "model")

    @contextmanager
    def _atomic_folder(self, name: str) -> Iterator[Path]:
        """A folder in which to write the folder `name`, which is moved into the run when the block succeeds.

        Raises: RavsError where the disk is full.
        """
        folder = self.out / WRITING
        if distributed.rank() == 0:
            remove(folder)
            folder.mkdir(parents=True)
        distributed.barrier()
        with explain_disk_full(self.out, name):
            try:
                yield folder
            except WRITE_ERRORS:
                remove(folder)
                raise
        distributed.barrier()
        if distributed.rank() == 0:
            if name == "model":
                move_entries([path.name for path in (folder / name).iterdir()], folder / name, self.out)
            else:
                move_entries([name], folder, self.out)
            remove(folder)
        distributed.barrier()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        """Load all weights of a checkpoint or fail; transformers would only warn of those that do not fit.

        Sharded weights are left to accelerate, which is strict.
        """
        if self.is_fsdp_enabled:
            super()._load_from_checkpoint(resume_from_checkpoint, model)
        else:
            self._load_weights(Path(resume_from_checkpoint))

    def _load_best_model(self) -> None:
        """As above, from the best checkpoint of this run, even if its folder was moved."""
        self.state.best_model_checkpoint = str(self.out / f"checkpoint-{self.state.best_global_step}")
        if self.is_fsdp_enabled:
            super()._load_best_model()
        else:
            self._load_weights(Path(self.state.best_model_checkpoint))

    def _load_weights(self, folder: Path) -> None:
        model = self.accelerator.unwrap_model(self.model, keep_torch_compile=False)
        load_strict(model, read_model_weights(folder), str(folder))
        self._load_ema(folder)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """As transformers', which would continue with a new optimizer or random state where a file is missing.

        Raises: ModelNotFoundError for that, and for an optimizer state of other weights.
        """
        if checkpoint is not None:
            check_complete(Path(checkpoint))
        super()._load_optimizer_and_scheduler(checkpoint)
        moments = {} if checkpoint is None or self.optimizer is None else self.optimizer.state
        for weight, values in moments.items():
            if any(one.ndim and one.shape != weight.shape for one in values.values() if isinstance(one, Tensor)):
                raise ModelNotFoundError(
                    f"the optimizer's state in {checkpoint} is of other weights than this run's: start again with "
                    "--no-resume"
                )

    def _load_ema(self, folder: Path) -> None:
        if self.ema is not None:
            self.ema.load(folder)
