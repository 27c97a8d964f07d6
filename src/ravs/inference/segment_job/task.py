"""Tasks of a job, and the interface of listeners that report its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.inference.segment_job.sources import SegmentSource

if TYPE_CHECKING:
    import ravs.inference.segmenter
    import ravs.inference.source_info
    import ravs.structures.prediction


@dataclass(frozen=True, kw_only=True)
class SegmentSummary:
    """The outcome of a job: how many sources ended how, and the time."""

    done: int
    skipped: int
    failed: int
    seconds: float


@dataclass(frozen=True)
class SegmentTask:
    """One source, its result folder, the provenance of its results, and the formats still to be written."""

    source: SegmentSource
    target: ResultFolder
    provenance: Provenance
    formats: tuple[str, ...]
    rendered_for: str | None = None  # what the model said is there: what is rendered anew for; None: the model runs
    following: tuple[str, ...] = ()  # of `formats`, those that were not asked for: written again under new settings
    removed: tuple[str, ...] = ()  # formats of earlier settings that cannot be written again, since the video is gone


@runtime_checkable
class ListenerProtocol(Protocol):
    """Receives the events of a job. A source begins with start and ends with skip, done or error."""

    def loading(self, model: str) -> None:
        """The model of this name is needed, and takes seconds to load."""

    def loaded(self, segmenter: "ravs.inference.segmenter.Segmenter") -> None:
        """The model is ready."""

    def wait(self, task: SegmentTask) -> None:
        """Another run is writing the results of this source; this run waits for it."""

    def notice(self, task: SegmentTask, text: str) -> None:
        """What a user should know of a source that does not fail, in one line."""

    def start(self, task: SegmentTask, info: "ravs.inference.source_info.SourceInfo", expected: int) -> None:
        """A source was opened; about how many masks it will have."""

    def frame(self, task: SegmentTask, frame: "ravs.structures.prediction.FramePrediction") -> None:
        """A mask is ready."""

    def step(self, task: SegmentTask, name: str) -> None:
        """A step of this name, which takes a while, begins."""

    def drawn(self, task: SegmentTask, done_s: float, length_s: float) -> None:
        """So many seconds of a video of this length are drawn."""

    def skip(self, task: SegmentTask) -> None:
        """All results exist already."""

    def planned(self, task: SegmentTask) -> None:
        """A dry run would write these formats."""

    def done(self, task: SegmentTask, prediction: "ravs.structures.prediction.Prediction") -> None:
        """All results are written."""

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """A source failed; the message is one line."""

    def summary(self, summary: SegmentSummary) -> None:
        """The job has ended."""


class ListenerError(BaseException):
    """Wraps an exception of a listener, which is not a failure of the source."""


class ListenerWrapper:
    """A listener that passes each event on to another one, and decides what becomes of its exceptions."""

    def __init__(self, listener: ListenerProtocol) -> None:
        self._listener = listener

    def __getattr__(self, name: str) -> Callable[..., None]:
        return partial(self.pass_on, getattr(self._listener, name))

    def pass_on(self, event: Callable[..., None], *values: Any) -> None:
        """Calls the other listener's method."""
        event(*values)


class GuardedListener(ListenerWrapper):
    """Raises exceptions of the listener as ListenerError."""

    def pass_on(self, event: Callable[..., None], *values: Any) -> None:
        """Calls the other listener's method."""
        try:
            event(*values)
        except Exception as error:
            raise ListenerError from error
