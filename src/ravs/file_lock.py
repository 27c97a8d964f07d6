"""Locks between processes: a file that the system locks, so that a lock ends with the process that holds it."""

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
    """The lock is held by another process, or elsewhere in this one."""


@contextmanager
def locked(file: Path, *, wait: bool = True, waiting: Callable[[], None] | None = None) -> Iterator[bool]:
    """Nobody else who asks for this lock is in such a block at the same time. The file goes when the block ends.

    A process that dies, however it dies, holds nothing any more. On a disk without locks the block runs unguarded; it
    is told whether it is guarded.

    Args:
        file: the lock's file, which nobody writes to; folders above it are made, and removed if they stay empty.
        wait: until the lock is free; else LockedError is raised.
        waiting: called once, if there is something to wait for.

    Raises: LockedError; OSError where the file cannot be made.
    """
    made = list(takewhile(lambda folder: not folder.exists(), file.parents))
    taken = _acquire(file)
    if taken is None and not wait:
        raise LockedError(str(file))
    if taken is None and waiting is not None:
        waiting()
    while taken is None:
        time.sleep(RETRY_S)
        taken = _acquire(file)
    handle, is_guarded = taken
    try:
        yield is_guarded
    finally:
        _release(file, handle)
        with suppress(OSError):  # what is not empty stays, and all above it
            for folder in made:
                folder.rmdir()


def _acquire(file: Path) -> tuple[int, bool] | None:
    """The open file, and whether it is locked or the disk knows no locks; None if another one holds it."""
    while True:
        handle = _open(file)
        if handle is None:
            continue
        is_ours = False
        try:
            is_locked = _lock(handle)
            if is_locked is False:
                return None
            is_ours = _still_has_name(handle, file)
            if is_ours:
                return handle, is_locked is True
        finally:
            if not is_ours:
                os.close(handle)


def _open(file: Path) -> int | None:
    """The file, opened or made; None where its folder, which was empty, is removed at the same moment."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except FileNotFoundError:
        return None
    except FileExistsError:  # mkdir found a folder, and then none
        if os.path.lexists(file.parent) and not file.parent.is_dir():
            raise
        return None


def _still_has_name(handle: int, file: Path) -> bool:
    """Whether the open file still has that name: the previous holder of the lock has removed its own."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), file.stat())
    return False


def _release(file: Path, handle: int) -> None:
    """Removes the file while it is locked: whoever waits sees that it is gone, and makes a new one."""
    if sys.platform != "win32":
        file.unlink(missing_ok=True)
    os.close(handle)
    if sys.platform == "win32":  # an open file cannot be removed there
        with suppress(OSError):
            file.unlink(missing_ok=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool | None:
        """False if another one holds the lock."""
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
        """False if another one holds the lock, None on a disk that knows no locks."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return False if error.errno in HELD_ERRNOS else None
        return True
