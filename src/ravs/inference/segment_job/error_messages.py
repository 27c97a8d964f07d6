"""Error messages about sources: one line each, with the file, what is wrong, and what to do."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ravs.errors import RavsError
from ravs.files import is_disk_full, printable_name
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import SegmentTask


def no_match_message(names: Iterable[str]) -> str:
    """The message for names that match nothing, with the folder that was searched."""
    names = list(names)
    if lists := [name for name in names if name.startswith("@")]:
        return printable_name(f"no list {', '.join(name[1:] for name in lists)}: @FILE reads the sources from FILE.")
    remedy = " An address is not read: download it first." if any("://" in name for name in names) else ""
    return printable_name(f"no video matches {', '.join(map(repr, names))} (searched {Path.cwd()}).{remedy}")


def describe_error(source: SegmentSource, error: Exception, out: Path) -> str:
    """The message for a source that failed: file, what is wrong, what to do."""
    text = reason(error)
    if isinstance(error, OSError):
        text = f"{error.filename or source.path}: {text}"
        if is_disk_full(error):
            free = shutil.disk_usage(next(p for p in (out, *out.absolute().parents) if p.exists())).free
            text += f" ({free} bytes free). Make room, and run the same command to resume."
    name = source.path.name
    if not isinstance(error, OSError | RavsError):
        text = f"{name}: cannot be processed ({text}); -v shows where."
    return one_line(text if name in text else f"{name}: {text}")


def describe_unwritten(task: SegmentTask, unwritten: Mapping[str, Exception], written: Iterable[str]) -> str:
    """The message for outputs that could not be written, with those that were written."""
    failures = [_cannot_be_written(", ".join(task.target.files(name)), error) for name, error in unwritten.items()]
    written = ", ".join(file for name in written for file in task.target.files(name))
    rest = f" What was written is kept ({written}): run the same command to try again." if written else ""
    return one_line(f"{task.source.path.name}: {', '.join(failures)}; -v shows where.{rest}")


def describe_kept_masks(count: int) -> str:
    """What is left of a source that broke off."""
    return f" {count} mask{'s' * (count != 1)} before that point {'were' if count != 1 else 'was'} kept."


def _cannot_be_written(files: str, error: Exception) -> str:
    text = reason(error).rstrip(".")
    return text if text.startswith(files) else f"{files}: cannot be written ({text})"


def reason(error: Exception) -> str:
    """An error in a few words: those of the operating system, or else the exception's type and text."""
    if isinstance(error, RavsError):
        return str(error)
    text = getattr(error, "strerror", None)
    return str(text) if text else f"{type(error).__name__}: {error}".rstrip(": ")


def one_line(text: str) -> str:
    """The text without line breaks, with bytes that are not UTF-8 made readable."""
    return printable_name(" ".join(text.split()))
