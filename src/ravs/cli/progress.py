"""Progress on standard error: a bar on a terminal; elsewhere, and where CI is set, a line every tenth."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from ravs.files import printable_name
from ravs.inference.outputs.format_files import VIDEOS

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

Advance = Callable[[int, int], None]  # with how many are done, and how many there are


@contextmanager
def progress_bar(what: str) -> Iterator[Advance]:
    """Progress of a verb that counts what it has done: call it with the counts."""
    if not has_terminal():
        yield _Tenths(what).advance
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with _bar(*columns) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class SegmentProgress:
    """Progress of `ravs segment`, one source after the other. NO_COLOR, FORCE_COLOR and CI are respected."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown
        self._bar: Progress | None = None
        self._name, self._total, self._done, self._began = "", 1, 0, 0.0
        self._tenths = _Tenths("")

    def start(self, name: str, total: int) -> None:
        """Begins with a source of about so many masks."""
        self._name, self._total, self._done, self._began = printable_name(name), total, 0, perf_counter()
        self._tenths = _Tenths(self._name)
        if self.shown and has_terminal():
            self._bar = _segment_bar()
            self._bar.start()
            self._bar.add_task("", total=total, speed="", unit="masks")

    def advance(self, time_s: float) -> None:
        """Counts one more mask, up to this time of the source."""
        self._done += 1
        if self._bar is not None:
            speed = time_s / max(perf_counter() - self._began, 1e-3)
            self._bar.update(self._bar.task_ids[0], completed=self._done, speed=f"{speed:.1f}× real time")
        elif self.shown:
            self._tenths.advance(self._done, self._total, f"{self._done} mask{'s' * (self._done != 1)}")

    def step(self, name: str) -> None:
        """Shows what comes next."""
        self._tenths = _Tenths(f"{self._name}: {name}")
        if self._bar is not None and name in VIDEOS:
            self._bar.reset(self._bar.task_ids[0], total=None, unit="seconds", speed=f"writing the {name}")
        elif self._bar is not None:
            self._bar.update(self._bar.task_ids[0], speed=name)
        elif self.shown:
            typer.echo(f"{self._name}: {name}", err=True)

    def drawn(self, done_s: float, length_s: float) -> None:
        """So many seconds of the video of this step are drawn, of this length."""
        done, total = int(done_s), max(round(length_s), 1)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total)
        elif self.shown:
            self._tenths.advance(done, total, f"{done} of {total} s")

    def stop(self) -> None:
        """Removes the bar, before anything else is printed."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class _Tenths:
    """A line for each tenth, once."""

    def __init__(self, name: str) -> None:
        self._name, self._reached = name, 0

    def advance(self, done: int, total: int, counted: str | None = None) -> None:
        tenth = min(10 * done // max(total, 1), 10)
        if tenth > self._reached:
            self._reached = tenth
            typer.echo(f"{self._name}: {10 * tenth} % ({counted or f'{done} of {total}'})", err=True)


def has_terminal() -> bool:
    """Whether a bar can be drawn: standard error is a terminal, and CI is not set."""
    return sys.stderr.isatty() and not os.environ.get("CI")


def _segment_bar() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    speed = TextColumn("{task.fields[speed]}")
    masks = (MofNCompleteColumn(), TextColumn("{task.fields[unit]}"), BarColumn(), TaskProgressColumn())
    return _bar(*masks, speed, TimeRemainingColumn())


def _bar(*columns: "ProgressColumn") -> "Progress":
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True)
