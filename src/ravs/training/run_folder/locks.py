"""Runs that would write the same files take turns."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ravs.file_lock import locked
from ravs.files import hidden_sibling
from ravs.training import distributed as processes


@contextmanager
def lock_run_folder(out: Path, report: Callable[[str], None] | None) -> Iterator[None]:
    """The first process of a run has its folder to itself; what else would train into it waits, and goes on from it."""

    def waiting() -> None:
        if report is not None:
            report(f"{out}: another process trains into it; this one goes on when that has ended")

    with ExitStack() as held:
        with processes.main_process_first():
            if processes.rank() == 0:
                held.enter_context(locked(hidden_sibling(out.resolve(), ".lock"), on_wait=waiting))
        yield


@contextmanager
def lock_pool(pool: Path) -> Iterator[Path]:
    """The folder of what runs share, which one process at a time fills: another run waits, and finds what it made."""
    pool.mkdir(parents=True, exist_ok=True)
    with locked(pool / ".lock"):
        yield pool
