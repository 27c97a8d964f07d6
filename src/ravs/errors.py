"""Errors that a user can fix, each with its exit code on the command line; names listed and suggested in messages."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MAX_NAMES = 5  # in a message; the rest is counted


class RavsError(ValueError):
    """An error that the user can fix. The message names the value, what was expected, and what to do."""

    exit_code = 1


class InputError(RavsError):
    """An argument, option or array that is not valid."""

    exit_code = 2


class DecodeError(RavsError):
    """A file that cannot be read as what it should be; time_s says from when on, if its beginning can."""

    time_s: float | None = None


class NoAudioError(DecodeError):
    """A video without a sound track."""


class ModelNotFoundError(RavsError):
    """A model that is no preset and no folder, or whose weights do not fit."""

    exit_code = 3


class DeviceError(RavsError):
    """A device that this machine or this build of PyTorch lacks."""

    exit_code = 3


class NotFiniteError(RavsError):
    """A model whose output has NaN or infinity."""


class NoMatchError(RavsError):
    """A name or pattern that matches no source."""

    exit_code = 4


def list_names(names: Sequence[str], shown: int = MAX_NAMES) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def suggest(name: object, known: Iterable[str], otherwise: str) -> str:
    """`did you mean 'dog'?` for a name that is near one of those that are known, else the other text."""
    near = get_close_matches(str(name), list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else otherwise
