"""Run tasks that need the library in several processes, each of which opens it once."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import cv2

from ravs.data.library.library import Library
from ravs.parallel import map_as_completed

Task = TypeVar("Task")
Result = TypeVar("Result")

_worker_library: list[Library] = []  # in a worker process: its library


def map_with_library(
    function: Callable[[Library, Task], Result], library: Library, tasks: Sequence[Task], jobs: int
) -> Iterator[Result]:
    """Yield the results of function(library, task) as they complete.

    With one job, or one task, everything runs in this process.
    """
    if jobs <= 1 or len(tasks) <= 1:
        yield from (function(library, task) for task in tasks)
        return
    yield from map_as_completed(partial(_run_task, function), tasks, jobs, _init_worker, (library,))


def _init_worker(library: Library) -> None:
    """Initialize a worker process, with a single OpenCV thread."""
    cv2.setNumThreads(1)
    _worker_library[:] = [library]


def _run_task(function: Callable[[Library, Task], Result], task: Task) -> Result:
    return function(_worker_library[0], task)
