"""Progress on standard error: a bar on a terminal, elsewhere a line every tenth."""

import os
import sys
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from ravs.files import printable_name

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class SegmentProgress:
    """Of one source after the other. NO_COLOR, FORCE_COLOR and CI are obeyed."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown
        self._bar: Bar | None = None
        self._name, self._total, self._done, self._tenth, self._began = "", 1, 0, 0, 0.0

    def start(self, name: str, total: int) -> None:
        """Begin with a source of about so many masks."""
        self._name, self._total, self._done, self._tenth, self._began = (
            printable_name(name),
            total,
            0,
            0,
            perf_counter(),
        )
        if self.shown and sys.stderr.isatty() and not os.environ.get("CI"):
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task("", total=total, speed="")

    def advance(self, time_s: float) -> None:
        """One mask more, up to this time of the source."""
        self._done += 1
        if self._bar is not None:
            speed = time_s / max(perf_counter() - self._began, 1e-3)
            self._bar.update(self._bar.task_ids[0], completed=self._done, speed=f"{speed:.1f}× real time")
        elif self.shown:
            tenth = min(10 * self._done // self._total, 10)
            if tenth > self._tenth:
                self._tenth = tenth
                typer.echo(f"{self._name}: {10 * tenth} % ({self._done} masks)", err=True)

    def step(self, name: str) -> None:
        """What comes next."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], speed=f"writing the {name}" if name == "overlay" else name)
        elif self.shown:
            typer.echo(f"{self._name}: {name}", err=True)

    def stop(self) -> None:
        """Take the bar away, before anything else is said."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        MofNCompleteColumn(),
        TextColumn("masks"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
    )
    return Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
