"""Locks between processes: a file locked by the operating system, so a lock ends with the process that holds it."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EAGAIN, EDEADLK
from itertools import takewhile
from pathlib import Path

RETRY_S = 0.1  # between two tries
HELD_ERRNOS = frozenset({EACCES, EAGAIN, EDEADLK})  # errors for a lock that is held


class LockedError(RuntimeError):
    """The lock is held by another process, or elsewhere in this process."""


@contextmanager
def locked(file: Path, *, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[bool]:
    """Hold an exclusive lock for the length of a block. The lock file is removed when the block ends.

    A process that dies, however it dies, releases its locks. On a disk without locks the block runs unguarded; yields
    whether it is guarded.

    Args:
        file: the lock file, which stays empty; missing folders above it are created, and removed if they stay empty.
        wait: wait until the lock is free; else raise LockedError.
        on_wait: called once, if the lock is not free.

    Raises: LockedError; OSError where the file cannot be created.
    """
    new_folders = list(takewhile(lambda folder: not folder.exists(), file.parents))
    acquired = _acquire(file)
    if acquired is None and not wait:
        raise LockedError(str(file))
    if acquired is None and on_wait is not None:
        on_wait()
    while acquired is None:
        time.sleep(RETRY_S)
        acquired = _acquire(file)
    handle, is_guarded = acquired
    try:
        yield is_guarded
    finally:
        _release(file, handle)
        with suppress(OSError):  # one that is not empty stays, with all above it
            for folder in new_folders:
                folder.rmdir()


def _acquire(file: Path) -> tuple[int, bool] | None:
    """The open file, and whether it is locked (False: the disk supports no locks); None if another holder has it."""
    while True:
        handle = _open(file)
        if handle is None:
            continue
        is_acquired = False
        try:
            is_locked = _lock(handle)
            if is_locked is False:
                return None
            is_acquired = _still_has_name(handle, file)
            if is_acquired:
                return handle, is_locked is True
        finally:
            if not is_acquired:
                os.close(handle)


def _open(file: Path) -> int | None:
    """The file, opened or made; None if its empty folder is being removed at the same moment."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except FileNotFoundError:
        return None
    except FileExistsError:  # mkdir found a folder that was gone a moment later
        if os.path.lexists(file.parent) and not file.parent.is_dir():
            raise
        return None


def _still_has_name(handle: int, file: Path) -> bool:
    """Whether the open file still has that name: the previous holder of the lock removes its file."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), file.stat())
    return False


def _release(file: Path, handle: int) -> None:
    """Remove the file while it is locked: a waiting process notices, and makes a new one."""
    if sys.platform != "win32":
        file.unlink(missing_ok=True)
    os.close(handle)
    if sys.platform == "win32":  # an open file cannot be removed there
        with suppress(OSError):
            file.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool | None:
        """False if another holder has the lock."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in HELD_ERRNOS:
                return False
            raise
        return True

else:
    import fcntl

    def _lock(handle: int) -> bool | None:
        """False if another holder has the lock, None on a disk that supports no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return False if error.errno in HELD_ERRNOS else None
        return True
