"""Work on many items in threads or in processes; a start without garbage collection, threads that sleep."""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WAIT_SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")  # of OpenMP's libraries

SPAWN = get_context("spawn")  # a fork would copy locks that threads of C libraries hold

ProgressFunction = Callable[[int, int], None]  # called with how many items are done, and of how many


def prefetch(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[Item, Callable[[], Result]]]:
    """Each item, in order, with a function that returns its result or raises its error.

    Meanwhile threads work on the next few items, of which no more are taken than there are threads; each thread calls
    `prepare` before its first. Where taking an item fails, the error is raised after the results of those before it.
    """
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    failure: Exception | None = None
    with ThreadPoolExecutor(max(threads, 1), initializer=prepare) as pool:
        try:
            try:
                for item in items:
                    waiting.append((item, pool.submit(work, item)))
                    if len(waiting) > threads:
                        done, future = waiting.popleft()
                        yield done, future.result
            except Exception as error:  # of taking an item
                failure = error
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result
            if failure is not None:
                raise failure
        finally:
            pool.shutdown(cancel_futures=True)


def map_in_threads(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int = 0, progress: ProgressFunction | None = None
) -> Iterator[Result]:
    """The results in the order of the items.

    For images: Pillow lets other threads run while it decodes. Measured on two cores with images of 1280 x 720:
    1.8 ms each by threads, 1.7 by processes, 3.5 by one.

    Args:
        work: the function of one item.
        items: to be worked on.
        jobs: threads; 0: one for each core.
        progress: called after each item.
    """
    return _map(ThreadPoolExecutor(jobs or os.cpu_count() or 1), work, items, progress)


def map_in_processes(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int = 0, progress: ProgressFunction | None = None
) -> Iterator[Result]:
    """As `map_in_threads`, in processes: work and items must be picklable. A single item stays in this process.

    For audio, whose many small blocks pass through Python. Measured on two cores with five seconds of AAC in MP4:
    28 ms each by threads, 15 by processes, 23 by one.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(items))
    if jobs <= 1:
        return _map(ThreadPoolExecutor(1), work, items, progress)
    return _map(ProcessPoolExecutor(jobs, SPAWN), work, items, progress)


def map_as_completed(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int,
    initializer: Callable[..., object],
    initargs: tuple[Any, ...],
) -> Iterator[Result]:
    """The results of processes, each as soon as it is there, in whatever order.

    Args:
        work: the function of one item; picklable.
        items: to be worked on.
        jobs: processes.
        initializer: what each process calls first.
        initargs: its arguments.

    Raises: BrokenProcessPool where a process was killed.
    """
    with ProcessPoolExecutor(jobs, SPAWN, initializer, initargs) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _map(
    pool: Executor, work: Callable[[Item], Result], items: Sequence[Item], progress: ProgressFunction | None
) -> Iterator[Result]:
    try:
        for done, result in enumerate(pool.map(work, items), start=1):
            yield result
            if progress:
                progress(done, len(items))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def sleep_while_waiting() -> None:
    """Lets threads of PyTorch sleep while they wait for each other, unless the user has chosen; call it before torch.

    By default they spin: beside another busy process they then burn the time that the awaited thread needs, and a
    process takes several times as long. What they compute is the same.
    """
    if not any(name in os.environ for name in WAIT_SETTINGS):
        os.environ["OMP_WAIT_POLICY"] = "passive"


@contextmanager
def collector_paused() -> Iterator[None]:
    """A context without garbage collection, for imports: what they make stays, and searching it takes half a second."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
