"""Error messages for sources: one line each, with the file, what is wrong, and what to do."""

import shutil
from collections.abc import Iterable, Mapping
from errno import EDQUOT, ENOSPC
from pathlib import Path

from ravs.errors import RavsError
from ravs.files import printable_name
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import SegmentTask


def no_match_message(names: Iterable[str]) -> str:
    """The message for names that match nothing, with the folder that was searched."""
    names = list(names)
    remedy = " An address is not read: download it first." if any("://" in name for name in names) else ""
    return printable_name(f"no video matches {', '.join(map(repr, names))} (searched {Path.cwd()}).{remedy}")


def describe_error(source: SegmentSource, error: Exception, out: Path) -> str:
    """One line: file, what is wrong, what to do."""
    text = reason(error)
    if isinstance(error, OSError):
        text = f"{error.filename or source.path}: {text}"
        if is_disk_full(error):
            free = shutil.disk_usage(next(p for p in (out, *out.absolute().parents) if p.exists())).free
            text += f" ({free} bytes free). Make room, and run the same line to go on."
    name = source.path.name
    if not isinstance(error, OSError | RavsError):
        text = f"{name}: cannot be processed ({text}); -v shows where."
    return one_line(text if name in text else f"{name}: {text}")


def describe_unwritten(task: SegmentTask, unwritten: Mapping[str, Exception], kept: Iterable[str]) -> str:
    """One line: outputs that could not be written, and what became of the others."""
    found = [_refused(", ".join(task.target.files(name)), error) for name, error in unwritten.items()]
    kept = ", ".join(file for name in kept for file in task.target.files(name))
    rest = f" What was written is kept ({kept}): run the same line to try again." if kept else ""
    return one_line(f"{task.source.path.name}: {', '.join(found)}; -v shows where.{rest}")


def _refused(files: str, error: Exception) -> str:
    said = reason(error).rstrip(".")
    return said if said.startswith(files) else f"{files}: cannot be written ({said})"


def reason(error: Exception) -> str:
    """An error in a few words: the system's own, or else a library's with the type of the exception."""
    if isinstance(error, RavsError):
        return str(error)
    said = getattr(error, "strerror", None)
    return str(said) if said else f"{type(error).__name__}: {error}".rstrip(": ")


def is_disk_full(error: Exception) -> bool:
    """Whether an error says that there is no room left, so that no other output can be written either."""
    return getattr(error, "errno", None) in (ENOSPC, EDQUOT)


def one_line(text: str) -> str:
    """The text without line breaks, with bytes that are not UTF-8 made readable."""
    return printable_name(" ".join(text.split()))
