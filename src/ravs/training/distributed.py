"""The processes of a distributed run: rank, world size, barriers, FSDP checks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

from accelerate import DistributedType
from torch import distributed

from ravs.errors import InputError

BARRIER_TIMEOUT = timedelta(days=1)  # long enough to render a pool; PyTorch's half hour suits a step


def world_size() -> int:
    """Number of processes of this run."""
    return distributed.get_world_size() if distributed.is_available() and distributed.is_initialized() else 1


def rank() -> int:
    """Index of this process, from 0."""
    return distributed.get_rank() if world_size() > 1 else 0


def barrier() -> None:
    """Wait until every process is here, for a day at most."""
    if world_size() > 1:
        distributed.barrier(group=_barrier_group())


@contextmanager
def main_process_first() -> Iterator[None]:
    """The first process runs the block; the others run it afterwards and find the files that it made."""
    if rank() > 0:
        barrier()
    try:
        yield
    finally:
        if rank() == 0:
            barrier()


def check_fsdp(kind: DistributedType, ema: float | None) -> None:
    """Check that FSDP, where accelerate's configuration asks for it, has GPUs and no EMA.

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
