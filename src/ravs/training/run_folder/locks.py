"""Locks for runs that would write the same files."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ravs.file_lock import locked
from ravs.files import hidden_sibling
from ravs.training import distributed


@contextmanager
def lock_run_folder(out: Path, report: Callable[[str], None] | None) -> Iterator[None]:
    """Lock a run's folder, in its first process; another run into it waits, then resumes from what is there."""

    def waiting() -> None:
        if report is not None:
            report(f"{out}: another process trains into it; this one waits until that has ended")

    with ExitStack() as stack:
        with distributed.main_process_first():
            if distributed.rank() == 0:
                stack.enter_context(locked(hidden_sibling(out.resolve(), ".lock"), on_wait=waiting))
        yield


@contextmanager
def lock_cache(cache: Path) -> Iterator[Path]:
    """Lock the shared cache, which one process at a time fills; another run waits, and finds what it made."""
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / ".lock"):
        yield cache
