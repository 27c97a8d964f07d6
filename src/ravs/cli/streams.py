"""Standard output and standard error: what they cannot take never stops the work."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ravs.errors import RavsError

if TYPE_CHECKING:
    from ravs.inference.segment_job.task import ListenerProtocol

EXIT_BROKEN_PIPE = 141  # what shells say of a program that a closed pipe ended


def replace_unencodable() -> None:
    """Characters that the encoding of standard output lacks (cp1252, latin-1) are written as question marks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def catch_broken_pipe(work: Callable[[], int]) -> int:
    """The work's exit code; EXIT_BROKEN_PIPE, without a message, where the reader of its output has closed the pipe."""
    streams = sys.stdout, sys.stderr
    try:
        return work()
    except SystemExit as end:  # typer's way of saying so
        if not isinstance(end.__context__, BrokenPipeError):
            raise
    sys.stdout, sys.stderr = streams
    redirect_closed_streams()
    return EXIT_BROKEN_PIPE


def redirect_closed_streams() -> None:
    """Redirects each stream that can no longer be written to the null device, so that Python can flush it at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


class BrokenPipeGuard:
    """A listener whose failure does not stop the work: results are written even if they can no longer be reported."""

    def __init__(self, listener: "ListenerProtocol", *, until_lost: bool) -> None:
        """Wraps a listener; with `until_lost` its failure ends the work, as where nothing but the report is made."""
        self._listener, self._until_lost = listener, until_lost
        self._lost: OSError | None = None

    def __enter__(self) -> "ListenerProtocol":
        return cast("ListenerProtocol", self)

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None and self._lost is not None and not isinstance(self._lost, BrokenPipeError):
            raise RavsError(f"standard output cannot be written ({self._lost.strerror}); the work went on to its end.")

    def __getattr__(self, name: str) -> Callable[..., None]:
        return partial(self._tell, getattr(self._listener, name))

    def _tell(self, method: Callable[..., None], *values: Any) -> None:
        try:
            method(*values)
        except OSError as error:
            if self._until_lost:
                raise
            self._lost = self._lost or error
            redirect_closed_streams()
