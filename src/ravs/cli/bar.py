"""A progress bar on standard error, for verbs that count what they have done; elsewhere a line every tenth."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

Advance = Callable[[int, int], None]  # with how many are done, and how many there are


@contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """A bar that is moved by calling it; without a terminal, or where CI is set, lines that say how far it is."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield print_tenths(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def print_tenths(what: str) -> Advance:
    """Says each tenth once, from the first on."""
    said = 0

    def advance(done: int, total: int) -> None:
        nonlocal said
        if 10 * done // max(total, 1) > said:
            said = 10 * done // total
            typer.echo(f"{what}: {10 * said} % ({done} of {total})", err=True)

    return advance
