"""The job behind `ravs render`: finished results rendered again from what the model said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from ravs.config.inference import InferenceSettings
from ravs.config.overlay_style import OverlayStyle
from ravs.errors import InputError, NoMatchError
from ravs.inference.outputs.format_files import VIDEOS
from ravs.inference.render_output import RenderRules, render
from ravs.inference.result import Prediction
from ravs.inference.segment_job.error_messages import describe_error, describe_unwritten
from ravs.inference.segment_job.kept_result import KeptResult
from ravs.inference.segment_job.model_run import StoredAnswer
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import FORMATS, OUTPUT_FILE
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import ListenerProtocol, SegmentSummary, SegmentTask
from ravs.inference.segment_job.writer import ResultWriter


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """What `ravs render` is asked to do; checked when created."""

    folders: tuple[Path, ...]
    formats: tuple[str, ...] | None = None  # None: those that are there
    source: Path | None = None  # the video, where it is not where it was
    choices: Mapping[str, Any] = field(default_factory=dict)  # others stay as they were
    style: OverlayStyle = field(default_factory=OverlayStyle)

    def __post_init__(self) -> None:
        for name in self.formats or ():
            if name not in FORMATS:
                raise InputError(f"no format {name!r}; formats are {', '.join(FORMATS)}, all")
        if self.formats == ():
            raise InputError("no format to render: name one at least, or leave --format out for those that are there")
        InferenceSettings.from_choices(**self.choices)  # raises for what is invalid in any folder


def load_result(folder: str | Path, **choices: Any) -> Prediction:
    """The prediction in a result folder of `ravs segment`, rendered from what the model said there.

    Args:
        folder: such as ravs-out/clip.
        choices: classes, among, threshold, max_uncertainty, min_area, min_duration_s, bridge_gaps_s; those that are
            not given are as the results have them.

    Raises: InputError for a folder without a model output, a damaged one, or an invalid choice.
    """
    result = KeptResult.read(Path(folder))
    prediction = Prediction.of(render(result.output, result.settings(choices), result.muted))
    return replace(prediction, source_path=result.folder.recorded_path("source"))


def run(job: RenderJob, listener: ListenerProtocol) -> SegmentSummary:
    """Renders all folders of a job, one after the other; one that fails does not stop the others.

    A folder above result folders stands for all of them. Raises: InputError, before any work, for settings that are
    impossible in one of them, such as a class that its model does not have.
    """
    began = perf_counter()
    folders = [found for folder in job.folders for found in find_results(folder)]
    if job.source is not None and len(folders) > 1:
        raise InputError(f"--source names one video for {len(folders)} folders: render them one by one")
    check_choices(job, folders)
    outcomes = [_attempt(job, folder, listener) for folder in folders]
    summary = SegmentSummary(
        done=outcomes.count(True), skipped=0, failed=outcomes.count(False), seconds=perf_counter() - began
    )
    listener.summary(summary)
    return summary


def find_results(path: Path) -> list[Path]:
    """The result folder itself, or those below a folder that is none. A model output stands for its folder."""
    if path.name == OUTPUT_FILE and path.is_file():
        return [path.parent]
    if not path.is_dir() or (path / OUTPUT_FILE).is_file():
        return [path]
    below = sorted(file.parent for file in path.rglob(OUTPUT_FILE))
    return [folder for folder in below if not folder.name.endswith(".part")] or [path]


def check_choices(job: RenderJob, folders: Sequence[Path]) -> None:
    """Raises: InputError for choices that do not fit the model or the settings of one of the folders."""
    for folder in folders:
        try:
            result = KeptResult.read(folder)
        except (InputError, OSError):
            continue  # said of this folder alone, when its turn comes
        result.settings(job.choices)


def _attempt(job: RenderJob, path: Path, listener: ListenerProtocol) -> bool:
    """Whether a folder was rendered."""
    source = SegmentSource(path, path)
    try:
        result = KeptResult.read(path)
        task, settings = _task(job, result)
        source = task.source
        with result.folder.exclusive(wait=True, on_wait=lambda: listener.wait(task)):
            return _render(job, result, task, settings, listener)
    except Exception as error:  # of any kind: one folder must not stop the others
        listener.error(str(path), describe_error(source, error, path), error)
        return False


def _task(job: RenderJob, result: KeptResult) -> tuple[SegmentTask, InferenceSettings]:
    """What to render of a folder, and the settings."""
    settings = result.settings(job.choices)
    provenance = Provenance.of(result.output, settings.as_json())
    provenance = replace(provenance, style=job.style.as_json())
    changes = result.folder.rendering_difference(provenance)
    interrupted = result.folder.interrupted_formats()
    finished = interrupted or result.folder.finished_formats()
    asked = finished if job.formats is None else job.formats
    formats = asked
    if changes or interrupted:  # results of two settings in one folder would contradict each other
        formats = tuple(name for name in FORMATS if name in asked or name in finished)
    if not formats:
        raise InputError(f"{result.folder.path} has no finished format: name those to render with --format")
    place: Path | None = None
    try:
        if not set(VIDEOS).isdisjoint(formats):
            settings, place = replace(settings, sound=result.find_sound()), result.find_source(job.source)
    except (NoMatchError, InputError):
        if not set(VIDEOS).isdisjoint(asked):
            raise
        formats = tuple(name for name in formats if name not in VIDEOS)  # of the settings before: they are removed
    place = place or result.folder.recorded_path("source") or Path(str(result.output.header.source["name"]))
    task = SegmentTask(
        SegmentSource(place, result.folder.path),
        result.folder,
        provenance,
        formats,
        rendered_for=changes,
        following=tuple(name for name in formats if name not in asked),
        removed=tuple(name for name in finished if changes and name not in formats),
    )
    return task, settings


def _render(
    job: RenderJob, result: KeptResult, task: SegmentTask, settings: InferenceSettings, listener: ListenerProtocol
) -> bool:
    header = result.output.header
    rules = RenderRules.of(header.classes, header.names, settings)
    writer = ResultWriter(StoredAnswer(result.output, result.muted), rules, settings, task, listener, job.style)
    prediction = writer.write()
    if writer.unwritten:
        message = describe_unwritten(task, writer.unwritten, writer.formats)
        listener.error(str(task.source.path), message, next(iter(writer.unwritten.values())))
        return False
    listener.done(task, prediction)
    return True
