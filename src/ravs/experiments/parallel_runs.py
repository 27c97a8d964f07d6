"""Executes runs sequentially, or in parallel processes that each have a GPU or a share of the cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.queues import Queue
from typing import TypeVar

import torch

from ravs.errors import RavsError
from ravs.parallel import map_as_completed

MAX_JOBS = 8  # without GPUs: each job takes a GB or two
Item = TypeVar("Item")
Result = TypeVar("Result")


def default_jobs() -> int:
    """The default number of parallel runs: one per GPU, or one per two cores that this process may use."""
    return torch.cuda.device_count() or min(max(cores() // 2, 1), MAX_JOBS)


def cores() -> int:
    """The number of cores that this process may use; on macOS and Windows all cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_parallel(act: Callable[[Item], Result], runs: Sequence[Item], jobs: int) -> Iterator[Result]:
    """Results in order of completion. Raises: RavsError if a process was killed from outside."""
    if jobs == 1 or len(runs) < 2:
        yield from map(act, runs)
        return
    gpus: Queue[str | None] = get_context("spawn").Queue()
    for gpu in gpu_of_each_job(jobs):
        gpus.put(gpu)
    try:
        yield from map_as_completed(act, runs, jobs, _init_worker, (gpus, jobs))
    except BrokenProcessPool:
        raise RavsError(
            f"a run was killed from outside, perhaps for lack of memory: run again to resume, "
            f"with fewer jobs than {jobs}"
        ) from None


def gpu_of_each_job(jobs: int) -> list[str | None]:
    """The GPU of each of the jobs, as CUDA_VISIBLE_DEVICES names it; None without GPUs."""
    if not torch.cuda.is_available():
        return [None] * jobs
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = visible.split(",") if visible else [str(index) for index in range(torch.cuda.device_count())]
    return [gpus[job % len(gpus)] for job in range(jobs)]


def _init_worker(gpus: "Queue[str | None]", jobs: int) -> None:
    """Assign a worker its GPU, or its share of the cores.

    It must see only its own GPU, set before CUDA starts: Trainer uses the first visible GPU.
    """
    gpu = gpus.get()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    torch.set_num_threads(max(cores() // jobs, 1))
