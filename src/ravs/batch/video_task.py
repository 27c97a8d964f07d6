"""One video of a batch, in the process that holds the model: copied, segmented as `ravs segment` does, published."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import Any

from ravs.batch.batch_plan import BatchPlan, finished_row
from ravs.batch.run_log import log_event
from ravs.batch.status_table import StatusRow
from ravs.batch.storage import Place, fetch_results, publish_results
from ravs.batch.video_list import BatchVideo
from ravs.errors import ModelNotFoundError
from ravs.inference.segment_job.error_messages import describe_error
from ravs.inference.segment_job.job_run import JobRun
from ravs.inference.segment_job.sources import SegmentSource


class Outcome:
    """A listener that keeps the error and the number of events of one source; all else is not reported."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets the source before."""
        self.message, self.events = "", 0

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """A source failed."""
        self.message = message

    def done(self, task: Any, prediction: Any) -> None:
        """All results are written."""
        self.events = len(prediction.events)


class VideoTask:
    """The model, and one video after another."""

    def __init__(self, plan: BatchPlan, model_sha256: str) -> None:
        """Raises: ModelNotFoundError where this machine has another model under that name."""
        self.plan = plan
        self.root = Path(tempfile.mkdtemp(prefix="ravs-batch-"))
        self.outcome = Outcome()
        self.segmenting = JobRun(replace(plan.job, out=self.root / "out", names=()), self.outcome)
        if self.segmenting.folder.sha256 != model_sha256:
            raise ModelNotFoundError(
                f"model {plan.job.model!r} is another one here than where the batch was started: "
                "give a preset, a name on the hub with its revision, or a folder that all machines share"
            )

    def load(self) -> None:
        """Loads the model. Raises: ModelNotFoundError, DeviceError."""
        _ = self.segmenting.segmenter

    def run(self, video: BatchVideo, key: str, attempt: int) -> StatusRow:
        """How a video ended: done, once its results and their marker are published. Errors of any kind are failures."""
        done = finished_row(video, self.plan, key)
        if done is not None:  # a worker that was lost afterwards had published it
            return done
        began = perf_counter()
        self.outcome.reset()
        source = self.root / "in" / PurePosixPath(Place.of(video.address).path).name
        try:
            return self._segment(video, key, attempt, source, began)
        except Exception as error:  # of any kind: one video must not stop the others
            message = describe_error(SegmentSource(source, Path(video.result)), error, self.root)
            return self._row(video, "failed", message, began, attempt)
        finally:
            for folder in ("in", "out"):
                shutil.rmtree(self.root / folder, ignore_errors=True)

    def _segment(self, video: BatchVideo, key: str, attempt: int, source: Path, began: float) -> StatusRow:
        place, target = Place.of(video.address), self.plan.place() / video.result
        source.parent.mkdir(parents=True)
        place.files.get_file(place.path, str(source))
        local = self.root / "out" / video.result
        if self.plan.job.existing == "resume":
            fetch_results(target, local)
        ended = self.segmenting.attempt(SegmentSource(source, Path(video.result)), wait=True)
        status = "failed" if ended == "failed" else "done"
        row = self._row(video, status, self.outcome.message, began, attempt)
        if local.is_dir():
            publish_results(local, target, row.as_json() | {"key": key, "run": self.plan.run})
        if status == "done":
            log_event(self.plan, video, "done", row.as_json())
        return row

    def _row(self, video: BatchVideo, status: str, error: str, began: float, attempt: int) -> StatusRow:
        return StatusRow(
            source=video.address,
            result=video.result,
            status=status,
            error=error,
            seconds=round(perf_counter() - began, 3),
            events=self.outcome.events,
            attempts=attempt,
        )


def serve(connection: Connection, plan: BatchPlan, model_sha256: str) -> None:
    """Loads the model, says "ready", and answers each (video, key, attempt) with its row, until the worker is gone.

    What concerns no single video, such as a device that is missing, is sent as an exception.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        task = VideoTask(plan, model_sha256)
        task.load()
        connection.send("ready")
        while True:
            connection.send(task.run(*connection.recv()))
    except (EOFError, BrokenPipeError):
        pass
    except Exception as error:
        connection.send(error)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # a killed worker's video begins again elsewhere: it must not be published twice
