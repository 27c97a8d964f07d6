"""Runs that would write the same files take turns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ravs.training import processes


@contextmanager
def one_at_a_time(out: Path, report: Callable[[str], None] | None) -> Iterator[None]:
    """The first process of a run has its folder to itself; what else would train into it waits, and goes on from it."""
    with processes.first_alone():
        if processes.rank() == 0:
            place = out.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(place.with_name(f".{place.name}.lock"))
            try:
                lock.acquire(blocking=False)
            except Timeout:
                if report is not None:
                    report(f"{out}: another process trains into it; this one goes on when it has ended")
                lock.acquire()
    try:
        yield
    finally:
        if processes.rank() == 0:
            lock.release()


@contextmanager
def alone_in(pool: Path) -> Iterator[Path]:
    """The folder of what runs share, which one process at a time fills: another run waits, and finds what it made."""
    pool.mkdir(parents=True, exist_ok=True)
    with FileLock(pool / ".lock"):
        yield pool
