"""Segments many sources, one after the other: finished ones are skipped, and a failure never stops the others."""

from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from ravs.config.inference import InferenceSettings
from ravs.config.overlay_style import OverlayStyle
from ravs.config.presets import DEFAULT_MODEL
from ravs.errors import InputError, NoMatchError
from ravs.inference.segment_job.error_messages import no_match_message
from ravs.inference.segment_job.existing_results import EXISTING_POLICIES
from ravs.inference.segment_job.job_run import JobRun
from ravs.inference.segment_job.result_folder import FORMATS
from ravs.inference.segment_job.source_lists import Shard
from ravs.inference.segment_job.sources import find_sources
from ravs.inference.segment_job.task import ListenerError, ListenerProtocol, SegmentSummary


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
        if not next((place for place in (self.out, *self.out.parents) if place.exists()), Path()).is_dir():
            raise InputError(f"out is {str(self.out)!r}, in which a file is no folder: give a folder for the results")
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
