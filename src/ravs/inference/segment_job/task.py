"""The interface for reports of a job's progress."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ravs.inference.segment_job.provenance import Made
from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.inference.segment_job.sources import Source

if TYPE_CHECKING:
    import ravs.inference.segmenter
    import ravs.structures.prediction


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
    """Receives the events of a job. A source begins with start and ends with skip, done or error."""

    def loaded(self, segmenter: "ravs.inference.segmenter.Segmenter") -> None:
        """The model is ready."""

    def wait(self, task: Task) -> None:
        """Another run writes the results of this source; this run waits for it."""

    def start(self, task: Task, facts: dict[str, Any], expected: int) -> None:
        """A source was opened: what it is, and about how many masks it will have."""

    def frame(self, task: Task, frame: "ravs.structures.prediction.FramePrediction") -> None:
        """A mask is ready."""

    def step(self, task: Task, name: str) -> None:
        """Something that takes a while comes next."""

    def skip(self, task: Task) -> None:
        """All is there already."""

    def planned(self, task: Task) -> None:
        """This would be done, were it not a dry run."""

    def done(self, task: Task, prediction: "ravs.structures.prediction.Prediction") -> None:
        """All is written."""

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """A source failed; the message is one line."""

    def summary(self, summary: Summary) -> None:
        """The end."""


class ListenerError(BaseException):
    """Wraps an exception of a listener, so that it is not taken for a failure of the source."""


class Told:
    """A listener whose exceptions are raised as ListenerError."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def __getattr__(self, name: str) -> Callable[..., None]:
        return partial(self._tell, getattr(self._listener, name))

    def _tell(self, method: Callable[..., None], *values: Any) -> None:
        try:
            method(*values)
        except Exception as error:
            raise ListenerError from error
