"""Segment many sources, one after the other: what is finished is skipped, and one that fails never stops the others."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

from ravs.checkpoints.find_model import ModelFolder, check_requested_classes, find_model
from ravs.config.inference import InferenceSettings
from ravs.errors import InputError, NoMatchError
from ravs.file_lock import LockedError
from ravs.files import content_hash
from ravs.inference.segment_job.error_messages import describe_error, describe_unwritten, no_match_message
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import EXISTING_POLICIES, FORMATS, ResultFolder
from ravs.inference.segment_job.sources import SegmentSource, find_sources
from ravs.inference.segment_job.task import (
    GuardedListener,
    ListenerError,
    ListenerProtocol,
    SegmentSummary,
    SegmentTask,
)

if TYPE_CHECKING:
    import ravs.inference.segmenter


@dataclass(frozen=True, kw_only=True)
class SegmentJob:
    """What is to be done. Checked when made."""

    names: tuple[str, ...]  # files, folders, globs
    model: str = "ravs-tiny"
    out: Path = Path("ravs-out")
    formats: tuple[str, ...] = ("overlay", "masks", "json")
    settings: InferenceSettings = field(default_factory=InferenceSettings)
    device: str = "auto"
    existing: str = "resume"
    recursive: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise InputError(f"no format {name!r}; formats are {', '.join(FORMATS)}, all, none")
        if self.existing not in EXISTING_POLICIES:
            raise InputError(f"existing is {self.existing!r}; it must be one of {', '.join(EXISTING_POLICIES)}")
        if self.settings.sound is not None and not self.settings.sound.is_file():
            raise InputError(f"no sound file {str(self.settings.sound)!r}: give the path of a file")


def run(job: SegmentJob, listener: ListenerProtocol) -> SegmentSummary:
    """All sources of a job. The model is loaded when the first of them needs it.

    Sources that another run works on come last, and are waited for: two runs of the same command share the work.

    Raises: NoMatchError if no name matches a source; ModelNotFoundError, DeviceError, InputError before any work.
        An exception of the listener ends the job, and is raised again.
    """
    began = perf_counter()
    sources, missing = find_sources(job.names, job.out, recursive=job.recursive)
    if not sources:
        raise NoMatchError(no_match_message(missing))
    try:
        ends = _JobRun(job, listener).ends(sources, missing)
    except ListenerError as error:
        assert error.__cause__ is not None
        raise error.__cause__ from None
    summary = SegmentSummary(
        done=ends.count("done"),
        skipped=ends.count("skipped"),
        failed=ends.count("failed"),
        seconds=perf_counter() - began,
    )
    listener.summary(summary)
    return summary


class _JobRun:
    """A job under way: the model, its hash, and one source at a time."""

    def __init__(self, job: SegmentJob, listener: ListenerProtocol) -> None:
        self.job = job
        self.listener = cast(ListenerProtocol, GuardedListener(listener))
        self.folder: ModelFolder = find_model(job.model)
        check_requested_classes(job.settings.classes, self.folder.classes, self.folder.name)
        self.sound_sha256 = content_hash(job.settings.sound) if job.settings.sound else None
        self.busy: list[SegmentTask] = []  # another run writes them

    @cached_property
    def segmenter(self) -> "ravs.inference.segmenter.Segmenter":
        """Loaded at the first use: a job that is finished already never imports torch."""
        from ravs.inference.segmenter import load

        segmenter = load(self.job.model, self.job.device)
        self.listener.loaded(segmenter)
        return segmenter

    def ends(self, sources: list[SegmentSource], missing: list[str]) -> list[str]:
        """How each source ended: 'done', 'skipped' or 'failed'."""
        for name in missing:
            self.listener.error(name, no_match_message([name]), None)
        ends = [end for source in sources if (end := self.attempt(source)) is not None]
        waited_for = [self.work_on(task, wait=True) for task in self.busy]
        return [*ends, *(end for end in waited_for if end is not None), *("failed" for _ in missing)]

    def attempt(self, source: SegmentSource) -> str | None:
        """How one source ended; None where another run works on it."""
        try:
            task = self.task(source)
        except Exception as error:  # whatever one source does, the others go on
            return self.failed(source, error)
        if self.job.formats and not task.formats:
            if not self.job.dry_run:
                task.target.sweep()
            return self.skipped(task)
        if self.job.dry_run:
            self.listener.planned(task)
            return "done"
        return self.work_on(task, wait=False)

    def task(self, source: SegmentSource) -> SegmentTask:
        """What is to be done about a source."""
        made = Provenance(
            source=content_hash(source.path),
            sound=self.sound_sha256,
            model=self.folder.sha256,
            settings=self.job.settings.as_json(),
        )
        target = ResultFolder(self.job.out / source.place)
        return self.looked_at(SegmentTask(source, target, made, self.job.formats))

    def looked_at(self, task: SegmentTask) -> SegmentTask:
        """The task with the formats that are still to be written, as its folder is now."""
        formats = self.job.formats and task.target.missing_formats(self.job.formats, task.made, self.job.existing)
        return replace(task, formats=formats)

    def work_on(self, task: SegmentTask, *, wait: bool) -> str | None:
        """How a source ended, with its folder locked; None, and put off, where another run has locked it."""
        segmenter = self.segmenter  # here, since a model that does not load stops the job, not the source
        alone = task.target.exclusive(wait=wait, waiting=lambda: self.listener.wait(task))
        try:
            with alone if self.job.formats else nullcontext():
                task = self.looked_at(task)  # again: another run may have written it in between
                if self.job.formats and not task.formats:
                    return self.skipped(task)
                return self.segment(segmenter, task)
        except LockedError:
            self.busy.append(task)
            return None
        except Exception as error:  # as above
            return self.failed(task.source, error)

    def segment(self, segmenter: "ravs.inference.segmenter.Segmenter", task: SegmentTask) -> str:
        """'done', or 'failed' where the source breaks off or an output cannot be written; the rest is kept then."""
        from ravs.inference.segment_job.writer import ResultWriter  # it imports torch

        writer = ResultWriter(segmenter, self.job.settings, task, self.listener)
        prediction = writer.write()
        said, errors = [], []
        if writer.broke is not None:
            kept = len(prediction)
            remark = f" {kept} mask{'s' * (kept != 1)} before that point {'were' if kept != 1 else 'was'} kept."
            said.append(describe_error(task.source, writer.broke, self.job.out) + remark * bool(self.job.formats))
            errors.append(writer.broke)
        if unwritten := {name: error for name, error in writer.unwritten.items() if error is not writer.broke}:
            said.append(describe_unwritten(task, unwritten, writer.formats))
            errors += unwritten.values()
        if said:
            return self.told(task.source, " ".join(said), *errors)
        self.listener.done(task, prediction)
        return "done"

    def skipped(self, task: SegmentTask) -> str:
        """Reports that all is there."""
        self.listener.skip(task)
        return "skipped"

    def failed(self, source: SegmentSource, error: Exception) -> str:
        """Reports what went wrong in one line."""
        return self.told(source, describe_error(source, error, self.job.out), error)

    def told(self, source: SegmentSource, message: str, *errors: Exception) -> str:
        """Reports a failure in one line, with the exceptions behind it."""
        behind = errors[0] if len(errors) == 1 else ExceptionGroup(message, errors)
        self.listener.error(str(source.path), message, behind)
        return "failed"
