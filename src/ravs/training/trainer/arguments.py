"""A recipe as transformers' TrainingArguments; every default that is not the field's is set."""

from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from ravs.config.recipe import OptimizerRecipe
from ravs.errors import InputError
from ravs.training import distributed
from ravs.training.run_folder.checkpoints import KEEP_LAST
from ravs.training.trainer.optimizer import precision_arguments, scheduler_arguments


def training_arguments(recipe: OptimizerRecipe, out: Path, log: tuple[str, ...] = ()) -> TrainingArguments:
    """The arguments of a run into the folder `out`; making them connects the run's processes.

    `log` names trackers besides log.jsonl. Raises: InputError for a precision that this machine does not have.
    """
    strategy = "epoch" if recipe.evaluate_every is None else "steps"
    on_cpu = not torch.accelerator.is_available()
    if recipe.precision == "fp16" and on_cpu:
        raise InputError("training.precision is fp16, which needs a GPU: set it to auto, bf16 or fp32")
    resolved: dict[str, Any] = {**scheduler_arguments(recipe), **precision_arguments(recipe)}
    arguments = TrainingArguments(
        **resolved,
        output_dir=str(out),
        run_name=out.name,
        project="ravs",
        max_steps=recipe.steps or -1,
        num_train_epochs=recipe.epochs or 1,
        per_device_eval_batch_size=8,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        torch_compile=recipe.torch_compile,
        use_cpu=on_cpu,  # else processes without a GPU would not connect
        ddp_find_unused_parameters=True,  # frozen epochs and queries with a single key have no gradient
        seed=recipe.seed,
        data_seed=recipe.seed,
        eval_strategy=strategy,
        eval_steps=recipe.evaluate_every,
        save_strategy=strategy,
        save_steps=recipe.evaluate_every or 500,
        save_total_limit=KEEP_LAST,
        logging_steps=recipe.log_every,
        logging_nan_inf_filter=False,
        dataloader_num_workers=recipe.workers,
        remove_unused_columns=False,  # names and times would be dropped
        label_names=["masks", "sounding"],  # else there is neither loss nor metrics at evaluation
        batch_eval_metrics=True,  # else all masks stay in memory
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to=list(log),
        disable_tqdm=True,
    )
    distributed.check_fsdp(arguments.distributed_state.distributed_type, recipe.ema)
    share = max(recipe.batch_size // (recipe.accumulation * arguments.world_size), 1)
    arguments.per_device_train_batch_size = share  # for Trainer's log; our batch sampler makes the batches
    arguments._n_gpu = min(arguments.n_gpu, 1)  # several GPUs need a process each, by torchrun; no DataParallel
    return arguments
