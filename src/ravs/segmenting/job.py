"""Segment many sources, one after the other: what is finished is skipped, and one that fails never stops the others."""

import errno
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ravs.errors import InputError, NoMatchError
from ravs.files import content_hash
from ravs.model_folder import ModelFolder, check_classes, find_model
from ravs.segmenting.folder import EXISTING, FORMATS, Made, ResultFolder
from ravs.segmenting.sources import Source, find_sources
from ravs.settings import Settings

if TYPE_CHECKING:
    import ravs.prediction
    import ravs.predictor


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done. Checked when made."""

    names: tuple[str, ...]  # files, folders, globs
    model: str = "ravs-tiny"
    out: Path = Path("ravs-out")
    formats: tuple[str, ...] = ("overlay", "masks", "json")
    settings: Settings = field(default_factory=Settings)
    device: str = "auto"
    existing: str = "resume"
    recursive: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise InputError(f"no format {name!r}; formats are {', '.join(FORMATS)}, all, none")
        if self.existing not in EXISTING:
            raise InputError(f"existing is {self.existing!r}; it must be one of {', '.join(EXISTING)}")
        if self.settings.sound is not None and not self.settings.sound.is_file():
            raise InputError(f"no sound file {str(self.settings.sound)!r}: give the path of a file")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a job went."""

    done: int
    skipped: int
    failed: int
    seconds: float


@dataclass(frozen=True)
class Task:
    """One source, the folder of its results, what they are made from, and the formats still to be written."""

    source: Source
    target: ResultFolder
    made: Made
    formats: tuple[str, ...]


@runtime_checkable
class Listener(Protocol):
    """Who is told what happens. A source begins with start and ends with skip, done or error."""

    def loaded(self, segmenter: "ravs.predictor.Segmenter") -> None:
        """The model is ready."""

    def start(self, task: Task, facts: dict[str, Any], expected: int) -> None:
        """A source was opened: what it is, and about how many masks it will have."""

    def frame(self, task: Task, frame: "ravs.prediction.FramePrediction") -> None:
        """A mask is ready."""

    def step(self, task: Task, name: str) -> None:
        """Something that takes a while comes next."""

    def skip(self, task: Task) -> None:
        """All is there already."""

    def planned(self, task: Task) -> None:
        """This would be done, were it not a dry run."""

    def done(self, task: Task, prediction: "ravs.prediction.Prediction") -> None:
        """All is written."""

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """A source failed; the message is one line."""

    def summary(self, summary: Summary) -> None:
        """The end."""


def run(job: Job, listener: Listener) -> Summary:
    """All sources of a job. The model is loaded when the first of them needs it.

    Raises: NoMatchError if no name matches a source; ModelNotFoundError, DeviceError, InputError before any work.
    """
    began = perf_counter()
    sources, missing = find_sources(job.names, job.out, recursive=job.recursive)
    if not sources:
        raise NoMatchError(no_match(missing))
    work = _Work(job, listener)
    for name in missing:
        listener.error(name, no_match([name]), None)
    ends = [work.attempt(source) for source in sources]
    summary = Summary(
        done=ends.count("done"),
        skipped=ends.count("skipped"),
        failed=ends.count("failed") + len(missing),
        seconds=perf_counter() - began,
    )
    listener.summary(summary)
    return summary


def no_match(names: Iterable[str]) -> str:
    """What is said of names that match nothing, and where was searched."""
    return f"no video matches {', '.join(repr(name) for name in names)} (searched {Path.cwd()})."


class _Work:
    """A job under way: the model, its hash, and one source at a time."""

    def __init__(self, job: Job, listener: Listener) -> None:
        self.job = job
        self.listener = listener
        self.folder: ModelFolder = find_model(job.model)
        check_classes(job.settings.classes, self.folder.classes, self.folder.name)
        self.sound_sha256 = content_hash(job.settings.sound) if job.settings.sound else None

    @cached_property
    def segmenter(self) -> "ravs.predictor.Segmenter":
        """Loaded at the first use: a job that is finished already never imports torch."""
        from ravs.predictor import load

        segmenter = load(self.job.model, self.job.device)
        self.listener.loaded(segmenter)
        return segmenter

    def attempt(self, source: Source) -> str:
        """One source: 'done', 'skipped' or 'failed'."""
        try:
            task = self.task(source)
        except Exception as error:  # whatever one source does, the others go on
            return self.failed(source, error)
        if self.job.formats and not task.formats:
            self.listener.skip(task)
            return "skipped"
        if self.job.dry_run:
            self.listener.planned(task)
            return "done"
        segmenter = self.segmenter  # here, since a model that does not load stops the job, not the source
        try:
            task.target.discard()
            return self.segment(segmenter, task)
        except Exception as error:  # as above
            return self.failed(source, error)
        finally:
            task.target.discard()

    def task(self, source: Source) -> Task:
        """What is to be done about a source."""
        made = Made(
            source=content_hash(source.path),
            sound=self.sound_sha256,
            model=self.folder.sha256,
            settings=self.job.settings.as_json(),
        )
        target = ResultFolder(self.job.out / source.place)
        formats = target.to_do(self.job.formats, made, self.job.existing) if self.job.formats else ()
        return Task(source, target, made, formats)

    def segment(self, segmenter: "ravs.predictor.Segmenter", task: Task) -> str:
        """'done', or 'failed' where the source breaks off; what was made before is kept then."""
        from ravs.segmenting.writing import Writer  # it imports torch

        writer = Writer(segmenter, self.job.settings, task, self.listener)
        prediction = writer.write()
        if writer.broke is None:
            self.listener.done(task, prediction)
            return "done"
        kept = len(prediction)
        remark = f" {kept} mask{'s' * (kept != 1)} before that point {'were' if kept != 1 else 'was'} kept."
        return self.failed(task.source, writer.broke, remark if self.job.formats else "")

    def failed(self, source: Source, error: Exception, remark: str = "") -> str:
        """Tells what went wrong in one line."""
        self.listener.error(str(source.path), describe_error(source, error, self.job.out) + remark, error)
        return "failed"


def describe_error(source: Source, error: Exception, out: Path) -> str:
    """One line: file, what is wrong, what to do."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError):
        text = f"{error.filename or source.path}: {error.strerror or text}"
        if error.errno == errno.ENOSPC:
            free = shutil.disk_usage(next(p for p in (out, *out.absolute().parents) if p.exists())).free
            text += f" ({free} bytes free). Make room, and run the same line to go on."
    elif not isinstance(error, ValueError):
        text = f"{type(error).__name__}: {text}"
    name = source.path.name
    return " ".join((text if name in text else f"{name}: {text}").split())
