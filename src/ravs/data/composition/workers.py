"""Work on a library shared among processes, each of which opens the library once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

import cv2

from ravs.data.library.library import Library

Task = TypeVar("Task")
Result = TypeVar("Result")

_worker_library: list[Library] = []  # in a worker: the library it was started with


def map_with_library(
    work: Callable[[Library, Task], Result], library: Library, tasks: Sequence[Task], jobs: int
) -> Iterator[Result]:
    """The results of work(library, task), in the order in which they are done.

    With one job, or one task, everything is done in this process.
    """
    if jobs <= 1 or len(tasks) <= 1:
        yield from (work(library, task) for task in tasks)
        return
    start = get_context("spawn")  # a fork would copy the threads of libraries in an unknown state
    with ProcessPoolExecutor(jobs, start, _init_worker, (library,)) as pool:
        futures = [pool.submit(_run_task, work, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _init_worker(library: Library) -> None:
    """Make a new worker ready: one thread each."""
    cv2.setNumThreads(1)
    _worker_library[:] = [library]


def _run_task(work: Callable[[Library, Task], Result], task: Task) -> Result:
    return work(_worker_library[0], task)
