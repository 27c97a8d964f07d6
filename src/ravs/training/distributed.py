"""The processes of one run: who is first, and how the others wait for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

from accelerate import DistributedType
from torch import distributed

from ravs.errors import InputError

BARRIER_TIMEOUT = timedelta(days=1)  # for a pool of many clips; PyTorch's own half hour is for a step


def world_size() -> int:
    """Processes of this run."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this one is, from 0 on."""
    return distributed.get_rank() if world_size() > 1 else 0


def barrier() -> None:
    """Until every process has come here, for a day at most."""
    if world_size() > 1:
        distributed.barrier(group=_barrier_group())


@contextmanager
def main_process_first() -> Iterator[None]:
    """The first process does what is inside, the others do it when it has ended, and find files that are made once."""
    if rank() > 0:
        barrier()
    try:
        yield
    finally:
        if rank() == 0:
            barrier()


def check_fsdp(kind: DistributedType, ema: float | None) -> None:
    """Whether these processes can do what accelerate's configuration asks for: FSDP needs GPUs, and has no average.

    Raises: InputError.
    """
    if os.environ.get("ACCELERATE_USE_FSDP") != "true":
        return
    if kind in (DistributedType.NO, DistributedType.MULTI_CPU):
        raise InputError("accelerate's configuration asks for FSDP, which needs GPUs: choose another distributed_type")
    if ema is not None:
        raise InputError(f"training.ema is {ema}, a mean of whole weights, and FSDP shards them: set it to null")


@lru_cache(maxsize=1)
def _barrier_group() -> Any:
    return distributed.new_group(backend="gloo", timeout=BARRIER_TIMEOUT)
