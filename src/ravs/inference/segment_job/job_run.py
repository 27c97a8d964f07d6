"""A running job: one source after the other, and the model when the first of them needs it."""

import gc
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from ravs.checkpoints.find_model import ModelFolder, check_requested_classes, find_model
from ravs.file_lock import LockedError
from ravs.files import content_hash
from ravs.inference.segment_job.error_messages import (
    describe_error,
    describe_kept_masks,
    describe_unwritten,
    no_match_message,
)
from ravs.inference.segment_job.existing_results import missing_formats
from ravs.inference.segment_job.kept_answer import KeptAnswer
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import GuardedListener, ListenerProtocol, SegmentTask
from ravs.parallel import collector_paused

if TYPE_CHECKING:
    import ravs.inference.segment_job.job
    import ravs.inference.segment_job.model_run
    import ravs.inference.segment_job.writer
    import ravs.inference.segmenter


class JobRun:
    """The model, the hash of the audio file, and one source at a time."""

    def __init__(self, job: "ravs.inference.segment_job.job.SegmentJob", listener: ListenerProtocol) -> None:
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
        imports_torch = "torch" not in sys.modules
        with collector_paused():
            from ravs.inference.segmenter import load

            segmenter = load(self.job.model, self.job.device)
            if imports_torch:
                gc.freeze()  # what the imports made stays: a search of it takes a fifth of a second each time
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
            self.listener.planned(self.rendered(task) if self.kept(task).complete else task)
            return "done"
        return self.segment_exclusively(task, wait=wait)

    def check_source(self, source: SegmentSource) -> None:
        """Raises what reading the source would raise at once, so that no model is loaded for it."""
        from ravs.inference.source_info import describe_source  # it imports PyAV
        from ravs.media.probe import probe_audio

        settings = self.job.settings
        if describe_source(source.path, settings).audio is None and not settings.mute:
            probe_audio(source.path, settings.sound_track)  # says what is wrong with it

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
        formats = self.job.formats and missing_formats(
            task.target, self.job.formats, task.provenance, self.job.existing
        )
        return replace(task, formats=formats)

    def segment_exclusively(self, task: SegmentTask, *, wait: bool) -> str | None:
        """How a source ended, its folder being locked; None, and postponed, where another run has locked it."""
        kept = self.kept(task)
        if not kept.complete:
            _ = self.segmenter  # here, since a model that does not load stops the job, not the source
        lock = task.target.exclusive(wait=wait, on_wait=lambda: self.listener.wait(task))
        try:
            with lock if self.job.formats else nullcontext():
                task = self.with_missing_formats(task)  # again: another run may have written it in between
                if self.job.formats and not task.formats:
                    return self.skipped(task)
                return self.segment(task, kept if kept.is_current(task.target) else self.kept(task))
        except LockedError:
            self.postponed.append(task)
            return None
        except Exception as error:  # as above
            return self.failed(task.source, error)

    def kept(self, task: SegmentTask) -> KeptAnswer:
        """What the model said of this source, which it need not say again."""
        if self.job.existing == "overwrite":
            return KeptAnswer()
        return KeptAnswer.read(task.target, task.provenance, mute=self.job.settings.mute)

    def rendered(self, task: SegmentTask) -> SegmentTask:
        """The task without the model: with what changes, and the formats that change but were not asked for."""
        changes = task.target.rendering_difference(task.provenance)
        following = tuple(name for name in task.formats if name not in self.job.formats)
        return replace(task, rendered_for=changes, following=following)

    def answer(self, task: SegmentTask, kept: KeptAnswer) -> "ravs.inference.segment_job.model_run.Answer":
        """What the model says of this source: what was kept, or else the model runs."""
        from ravs.inference.segment_job.model_run import ModelAnswer, StoredAnswer

        if kept.complete and kept.output is not None:
            return StoredAnswer(kept.output, kept.muted)
        if kept.damage:
            self.listener.notice(task, f"{kept.damage}; the model runs again.")
        return ModelAnswer(self.segmenter, self.job.settings, task, kept.output)

    def segment(self, task: SegmentTask, kept: KeptAnswer) -> str:
        """'done', or 'failed' where the source breaks off or an output cannot be written; all else is kept."""
        from ravs.inference.render_output import RenderRules
        from ravs.inference.segment_job.writer import ResultWriter

        if kept.complete:
            task = self.rendered(task)
        rules = RenderRules.of(self.folder.classes, self.folder.naming, self.job.settings)
        writer = ResultWriter(self.answer(task, kept), rules, self.job.settings, task, self.listener, self.job.style)
        prediction = writer.write()
        if failures := self.failures(task, writer, len(prediction)):
            errors = [error for _, found in failures for error in found]
            return self.report_failure(task.source, " ".join(message for message, _ in failures), *errors)
        self.listener.done(task, prediction)
        return "done"

    def failures(
        self, task: SegmentTask, writer: "ravs.inference.segment_job.writer.ResultWriter", masks: int
    ) -> list[tuple[str, list[Exception]]]:
        """What went wrong while results of so many masks were written: messages, each with its exceptions."""
        found: list[tuple[str, list[Exception]]] = []
        if (error := writer.read_error) is not None:
            remark = describe_kept_masks(masks) if self.job.formats else ""
            found.append((describe_error(task.source, error, self.job.out) + remark, [error]))
        if unwritten := {name: error for name, error in writer.unwritten.items() if error is not writer.read_error}:
            found.append((describe_unwritten(task, unwritten, writer.formats), [*unwritten.values()]))
        return found

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
