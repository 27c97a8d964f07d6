"""Work of many files on all cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

ProgressFunction = Callable[[int, int], None]


def map_in_threads(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int = 0, progress: ProgressFunction | None = None
) -> Iterator[Result]:
    """The results in the order of the tasks; progress hears how many are done, of how many.

    For pictures: Pillow lets other threads run while it decodes. Measured on two cores with pictures of 1280 x 720:
    1.8 ms each by threads, 1.7 by processes, 3.5 by one.

    Args:
        jobs: threads; 0: one for each core.
    """
    return _run(ThreadPoolExecutor(jobs or os.cpu_count() or 1), work, tasks, progress)


def map_in_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], jobs: int = 0, progress: ProgressFunction | None = None
) -> Iterator[Result]:
    """As `map_in_threads`, with work that can be pickled; one task alone is done here.

    For sound, whose many small blocks pass through Python. Measured on two cores with five seconds of AAC in MP4:
    28 ms each by threads, 15 by processes, 23 by one.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(tasks))
    if jobs <= 1:
        return _run(ThreadPoolExecutor(1), work, tasks, progress)
    start = get_context("spawn")  # a fork would copy the threads of libraries in an unknown state
    return _run(ProcessPoolExecutor(jobs, start), work, tasks, progress)


def _run(
    pool: Executor, work: Callable[[Task], Result], tasks: Sequence[Task], progress: ProgressFunction | None
) -> Iterator[Result]:
    try:
        for done, result in enumerate(pool.map(work, tasks), start=1):
            yield result
            if progress:
                progress(done, len(tasks))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
