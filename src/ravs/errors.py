"""Errors that a user can fix, each with the exit code of the command line."""


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


class NoMatchError(RavsError):
    """A name or pattern that matches no source."""

    exit_code = 4
