"""Work on the clips of one source: on a CPU several at once, each in a thread with its share of the cores."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import TypeVar

import torch

from ravs.parallel import prefetch
from ravs.structures.clip import Clip

MAX_CLIPS_AT_ONCE = 4  # each needs the memory of a forward pass

Result = TypeVar("Result")


def map_clips(work: Callable[[Clip], Result], clips: Iterable[Clip], device: torch.device) -> Iterator[Result]:
    """The results of clips, in order. An error of reading comes after the results of the clips before it.

    Threads of torch that share an operation wait for each other after each of thousands of them, and longest beside a
    busy process. Clips need no such waiting, and meanwhile the next ones are decoded. The first clip, which somebody
    may wait for, and a source of few clips are computed with all threads, one clip after the other.
    """
    at_once = min(torch.get_num_threads(), MAX_CLIPS_AT_ONCE) if device.type == "cpu" else 1
    source = iter(clips)
    yield from map(work, islice(source, 1))
    first, error = take(source, at_once)
    if at_once == 1 or len(first) < at_once or error is not None:
        yield from map(work, first)
        if error is not None:
            raise error
        yield from map(work, source)
        return
    threads = torch.get_num_threads()
    prepare = partial(torch.set_num_threads, threads // at_once)
    try:
        yield from (result() for _, result in prefetch(work, chain(first, source), at_once, prepare))
    finally:
        torch.set_num_threads(threads)  # for threads that begin later; `prepare` has set it for them, too


def take(source: Iterator[Clip], count: int) -> tuple[list[Clip], Exception | None]:
    """The first few clips, and the error of reading, if there was one."""
    found: list[Clip] = []
    try:
        for clip in islice(source, count):
            found.append(clip)
    except Exception as error:
        return found, error
    return found, None
