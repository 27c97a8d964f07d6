"""Standard output and standard error that lack characters or have lost their reader."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

EXIT_BROKEN_PIPE = 141  # what shells report for a program that a closed pipe ended


def replace_unencodable() -> None:
    """Makes standard output write question marks for characters that its encoding (cp1252, latin-1) lacks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def catch_broken_pipe(work: Callable[[], int]) -> int:
    """The work's exit code; EXIT_BROKEN_PIPE, without a message, where the reader of its output has closed the pipe."""
    streams = sys.stdout, sys.stderr
    try:
        return work()
    except SystemExit as end:  # as typer reports it
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
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)
