"""The recipe's section `training`: optimizer, schedule and execution, each default with its source.

Sources: [A] the authors' next paper, whose code was read (DDESeg); [B] TPAVI; [C] AVSegFormer; [D] CAVP; [ours] chosen
by validation metrics of ravs-tiny, or for a reason given at the line.
"""

from dataclasses import dataclass
from math import inf

from ravs.config.validation import check_choice, check_counts, check_number, is_count
from ravs.errors import InputError

OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("cosine", "constant", "poly")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")


@dataclass(frozen=True, kw_only=True)
class OptimizerRecipe:
    """Optimizer, schedule and execution."""

    steps: int | None = None  # weight updates in the whole run; 1000 if epochs are not given either
    epochs: int | None = None
    batch_size: int = 8  # clips per update, over all processes and accumulated parts: the global batch. [ours]
    accumulation: int = 1  # parts into which the batch is divided, processed in turn; each has its own loss

    optimiser: str = "adamw"  # adamw [A, C], adam [B], sgd [D]
    learning_rate: float = 1e-3  # [ours]: small models train well with it; [A] 1e-4, [B] 1e-4, [C] 2e-5, [D] 1e-3
    encoder_rate: float = 0.3  # times learning_rate, for both encoders. [ours]; [A, B, C] 1, [D] 0.1 of the head's
    weight_decay: float = 0.05  # of matrices, none of vectors. [A]; [B] 0, [C] 0.01, [D] 1e-4
    momentum: float = 0.9  # of sgd. [D]
    max_grad_norm: float = 1.0  # 0: no clipping, as [A, B, C, D]. [ours]: in small batches single clips dominate

    schedule: str = "cosine"  # cosine [A], constant [B, C], poly with power 0.9 [D]; each after a linear warm-up
    warmup_steps: int = 50  # [ours]; [B, C, D] none
    warmup_epochs: int | None = None  # in place of warmup_steps, where the run counts epochs. [A] 2
    rate_floor: float = 0.0  # where cosine and poly end, as a share of learning_rate. [ours]; [A] 0.4, [D] 1e-5
    frozen_stages: int = 0  # of the visual encoder, from the first; ImageNet's edge filters can stay. 0: [A, B, C, D]
    frozen_epochs: int = 0  # during which the whole visual encoder is frozen. [C] 5 on S4, 10 on MS3

    ema: float | None = None  # decay of the weights' EMA, which is then validated and saved. [A, B, C, D] none
    precision: str = "auto"  # bf16 on hardware that supports it, else fp32
    gradient_checkpointing: bool = False  # less memory, about a third more time
    torch_compile: bool = False  # minutes at the start; whether it pays on a GPU was not measured. [A, B, C, D] none
    log_every: int = 25  # steps; also at each checkpoint. [ours]
    evaluate_every: int | None = None  # steps; None: each epoch. Checkpoints are written at the same time
    workers: int = 1  # loader processes per training process. [ours], for two cores
    seed: int = 0  # [ours]; [A] 1, [B, C] 123, [D] 666

    def __post_init__(self) -> None:
        self._resolve_length()
        check_counts("training", self, "batch_size", "accumulation", "log_every")
        for name in ("learning_rate", "encoder_rate", "weight_decay", "max_grad_norm"):
            check_number(f"training.{name}", getattr(self, name), 0, inf)
        for name in ("momentum", "rate_floor"):
            check_number(f"training.{name}", getattr(self, name), 0, 1)
        if self.ema is not None:
            check_number("training.ema", self.ema, 0, 1)
        for name in ("frozen_stages", "frozen_epochs", "warmup_steps", "workers", "seed"):
            if getattr(self, name) != 0 and not is_count(getattr(self, name)):
                raise InputError(f"training.{name} is {getattr(self, name)!r}; it must be a whole number from 0 on")
        check_choice("training.optimiser", self.optimiser, OPTIMIZERS)
        check_choice("training.schedule", self.schedule, SCHEDULES)
        check_choice("training.precision", self.precision, PRECISIONS)
        if self.batch_size % self.accumulation:
            raise InputError(
                f"training.accumulation is {self.accumulation}, which does not divide the batch of {self.batch_size}"
            )

        if self.schedule == "poly" and not (self.learning_rate > 0 and self.rate_floor < 1):
            raise InputError(
                f"training.schedule is poly, which falls from learning_rate, {self.learning_rate:g}, to rate_floor, "
                f"{self.rate_floor:g}, of it: give a rate above 0 and a floor below 1, or the schedule constant"
            )

    def _resolve_length(self) -> None:
        given = [name for name in ("steps", "epochs", "evaluate_every") if getattr(self, name) is not None]
        check_counts("training", self, *given)
        if {"steps", "epochs"} <= set(given):
            raise InputError(
                f"training.steps is {self.steps} and training.epochs {self.epochs}: a run lasts for one of them; "
                "set the other to null"
            )
        if self.steps is None and self.epochs is None:
            object.__setattr__(self, "steps", 1000)
        if self.warmup_epochs is not None and (self.epochs is None or not 0 <= self.warmup_epochs < self.epochs):
            raise InputError(
                f"training.warmup_epochs is {self.warmup_epochs} of {self.epochs} training.epochs; it must be fewer of "
                "them, and a run of steps takes training.warmup_steps"
            )
