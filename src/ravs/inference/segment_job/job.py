"""Segments many sources, one after the other: finished ones are skipped, and a failure never stops the others."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

from ravs.checkpoints.find_model import ModelFolder, check_requested_classes, find_model
from ravs.config.inference import InferenceSettings
from ravs.config.overlay_style import OverlayStyle
from ravs.config.presets import DEFAULT_MODEL
from ravs.errors import InputError, NoMatchError
from ravs.file_lock import LockedError
from ravs.files import content_hash
from ravs.inference.segment_job.error_messages import describe_error, describe_unwritten, no_match_message
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import EXISTING_POLICIES, FORMATS, ResultFolder
from ravs.inference.segment_job.source_lists import Shard
from ravs.inference.segment_job.sources import SegmentSource, find_sources
from ravs.inference.segment_job.task import (
    GuardedListener,
    ListenerError,
    ListenerProtocol,
    SegmentSummary,
    SegmentTask,
)
from ravs.parallel import collector_paused

if TYPE_CHECKING:
    import ravs.inference.segment_job.model_run
    import ravs.inference.segmenter


@dataclass(frozen=True, kw_only=True)
class SegmentJob:
    """What `ravs segment` is asked to do; checked when created."""

    names: tuple[str, ...]  # files, folders, globs, lists of them as @list.txt
    model: str = DEFAULT_MODEL
    out: Path = Path("ravs-out")
    formats: tuple[str, ...] = ("overlay", "masks", "json")
    settings: InferenceSettings = field(default_factory=InferenceSettings)
    style: OverlayStyle = field(default_factory=OverlayStyle)
    device: str = "auto"
    existing: str = "resume"
    recursive: bool = False
    shard: Shard = field(default_factory=Shard)
    jobs: int = 1  # sources at once, each in a process
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in self.formats:
            if name not in FORMATS:
                raise InputError(f"no format {name!r}; formats are {', '.join(FORMATS)}, all, none")
        if self.jobs < 1:
            raise InputError(f"jobs is {self.jobs}; it must be at least 1, the number of sources at once")
        if self.existing not in EXISTING_POLICIES:
            raise InputError(f"existing is {self.existing!r}; it must be one of {', '.join(EXISTING_POLICIES)}")
        if self.settings.sound is not None and not self.settings.sound.is_file():
            raise InputError(f"no sound file {str(self.settings.sound)!r}: give the path of a file")


def run(job: SegmentJob, listener: ListenerProtocol) -> SegmentSummary:
    """Segments all sources of a job. The model is loaded when the first of them needs it.

    Sources that another run is working on come last, and are waited for: two runs of one command share the work.

    Raises: NoMatchError if no name matches a source; ModelNotFoundError, DeviceError, InputError before any work.
        An exception of the listener ends the job and is raised unchanged.
    """
    began = perf_counter()
    sources, missing = find_sources(job.names, job.out, recursive=job.recursive)
    if not sources:
        raise NoMatchError(no_match_message(missing))
    try:
        outcomes = JobRun(job, listener).segment_all(job.shard.of(sources), missing)
    except ListenerError as error:
        assert error.__cause__ is not None
        raise error.__cause__ from None
    summary = SegmentSummary(
        done=outcomes.count("done"),
        skipped=outcomes.count("skipped"),
        failed=outcomes.count("failed"),
        seconds=perf_counter() - began,
    )
    listener.summary(summary)
    return summary


class JobRun:
    """A running job: the model, the hash of its audio file, and one source at a time."""

    def __init__(self, job: SegmentJob, listener: ListenerProtocol) -> None:
        self.job = job
        self.listener = cast(ListenerProtocol, GuardedListener(listener))
        self.folder: ModelFolder = find_model(job.model)
        check_requested_classes(job.settings.classes, self.folder.mask_names, self.folder.name)
        check_requested_classes(job.settings.among, self.folder.classes, self.folder.name)
        self.sound_sha256 = content_hash(job.settings.sound) if job.settings.sound else None
        self.postponed: list[SegmentTask] = []  # another run is writing their results

    @cached_property
    def segmenter(self) -> "ravs.inference.segmenter.Segmenter":
        """Loaded on first use: a job that is finished already never imports torch."""
        self.listener.loading(self.folder.name)
        with collector_paused():
            from ravs.inference.segmenter import load

            segmenter = load(self.job.model, self.job.device)
        self.listener.loaded(segmenter)
        return segmenter

    def segment_all(self, sources: Sequence[SegmentSource], missing: list[str]) -> list[str]:
        """How each source ended: 'done', 'skipped' or 'failed'."""
        for name in missing:
            self.listener.error(name, no_match_message([name]), None)
        if self.job.jobs > 1 and len(sources) > 1 and not self.job.dry_run:
            from ravs.inference.segment_job.source_processes import segment_in_processes

            return [*segment_in_processes(self.job, sources, self.listener), *("failed" for _ in missing)]
        outcomes = [self.attempt(source) for source in sources]
        outcomes += [self.segment_exclusively(task, wait=True) for task in self.postponed]
        return [*(outcome for outcome in outcomes if outcome is not None), *("failed" for _ in missing)]

    def attempt(self, source: SegmentSource, *, wait: bool = False) -> str | None:
        """How one source ended; None, unless `wait`, where another run is working on it."""
        try:
            task = self.task(source)
            if "segmenter" not in vars(self) and not self.job.dry_run and (task.formats or not self.job.formats):
                self.check_source(source)
        except Exception as error:  # of any kind: one source must not stop the others
            return self.failed(source, error)
        if self.job.formats and not task.formats:
            if not self.job.dry_run:
                task.target.sweep()
            return self.skipped(task)
        if self.job.dry_run:
            kept = self.job.existing != "overwrite" and task.target.has_answer(
                task.provenance, mute=self.job.settings.mute
            )
            self.listener.planned(self.rendered(task) if kept else task)
            return "done"
        return self.segment_exclusively(task, wait=wait)

    def check_source(self, source: SegmentSource) -> None:
        """Raises what reading the source would raise at once, so that no model is loaded for it."""
        from ravs.inference.source_info import describe_source  # it imports PyAV

        describe_source(source.path, self.job.settings)

    def task(self, source: SegmentSource) -> SegmentTask:
        """A source with its result folder, provenance and missing formats."""
        provenance = Provenance(
            source=content_hash(source.path),
            sound=self.sound_sha256,
            model=self.folder.sha256,
            settings=self.job.settings.as_json(),
            style=self.job.style.as_json(),
        )
        target = ResultFolder(self.job.out / source.result_path)
        return self.with_missing_formats(SegmentTask(source, target, provenance, self.job.formats))

    def with_missing_formats(self, task: SegmentTask) -> SegmentTask:
        """The task with the formats that its folder lacks at this moment."""
        formats = self.job.formats and task.target.missing_formats(self.job.formats, task.provenance, self.job.existing)
        return replace(task, formats=formats)

    def segment_exclusively(self, task: SegmentTask, *, wait: bool) -> str | None:
        """How a source ended, its folder being locked; None, and postponed, where another run has locked it."""
        if self.stored(task) is None:
            _ = self.segmenter  # here, since a model that does not load stops the job, not the source
        lock = task.target.exclusive(wait=wait, on_wait=lambda: self.listener.wait(task))
        try:
            with lock if self.job.formats else nullcontext():
                task = self.with_missing_formats(task)  # again: another run may have written it in between
                if self.job.formats and not task.formats:
                    return self.skipped(task)
                return self.segment(task)
        except LockedError:
            self.postponed.append(task)
            return None
        except Exception as error:  # as above
            return self.failed(task.source, error)

    def stored(self, task: SegmentTask) -> "ravs.inference.segment_job.model_run.StoredAnswer | None":
        """What the model said of this source, if it need not run again."""
        from ravs.inference.segment_job.model_run import stored_answer  # here, since it takes a moment to load

        return None if self.job.existing == "overwrite" else stored_answer(task, mute=self.job.settings.mute)

    def rendered(self, task: SegmentTask) -> SegmentTask:
        """The task without the model: with what changes, and the formats that change but were not asked for."""
        changes = task.target.rendering_difference(task.provenance)
        following = tuple(name for name in task.formats if name not in self.job.formats)
        return replace(task, rendered_for=changes, following=following)

    def answer(self, task: SegmentTask) -> "ravs.inference.segment_job.model_run.Answer":
        """What the model says of this source: what was kept, or else the model runs."""
        from ravs.inference.segment_job.model_run import ModelAnswer

        stored = self.stored(task)
        if stored is not None:
            return stored
        overwrite = self.job.existing == "overwrite"
        if not overwrite and (damage := task.target.damage()):
            self.listener.notice(task, f"{damage}; the model runs again.")
        kept = None if overwrite else task.target.usable_output(task.provenance)
        return ModelAnswer(self.segmenter, self.job.settings, task, kept)

    def segment(self, task: SegmentTask) -> str:
        """'done', or 'failed' where the source breaks off or an output cannot be written; all else is kept."""
        from ravs.inference.render_output import RenderRules
        from ravs.inference.segment_job.model_run import StoredAnswer
        from ravs.inference.segment_job.writer import ResultWriter

        answer = self.answer(task)
        if isinstance(answer, StoredAnswer):
            task = self.rendered(task)
        rules = RenderRules.of(self.folder.classes, self.folder.naming, self.job.settings)
        writer = ResultWriter(answer, rules, self.job.settings, task, self.listener, self.job.style)
        prediction = writer.write()
        messages, errors = [], []
        if writer.read_error is not None:
            count = len(prediction)
            remark = f" {count} mask{'s' * (count != 1)} before that point {'were' if count != 1 else 'was'} kept."
            messages.append(
                describe_error(task.source, writer.read_error, self.job.out) + remark * bool(self.job.formats)
            )
            errors.append(writer.read_error)
        if unwritten := {name: error for name, error in writer.unwritten.items() if error is not writer.read_error}:
            messages.append(describe_unwritten(task, unwritten, writer.formats))
            errors += unwritten.values()
        if messages:
            return self.report_failure(task.source, " ".join(messages), *errors)
        self.listener.done(task, prediction)
        return "done"

    def skipped(self, task: SegmentTask) -> str:
        """Reports a source whose results are finished."""
        self.listener.skip(task)
        return "skipped"

    def failed(self, source: SegmentSource, error: Exception) -> str:
        """Reports a source that failed, in one line."""
        return self.report_failure(source, describe_error(source, error, self.job.out), error)

    def report_failure(self, source: SegmentSource, message: str, *errors: Exception) -> str:
        """Reports a failure in one line, with its exceptions."""
        cause = errors[0] if len(errors) == 1 else ExceptionGroup(message, errors)
        self.listener.error(str(source.path), message, cause)
        return "failed"
