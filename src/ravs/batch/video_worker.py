"""A worker of a batch: it holds one process with the model, ends it when a video hangs, and starts another."""

import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from signal import Signals
from socket import gethostname

from ravs.batch.batch_plan import BatchPlan
from ravs.batch.run_log import attempts_begun, log_event
from ravs.batch.status_table import StatusRow
from ravs.batch.video_list import BatchVideo
from ravs.batch.video_task import serve
from ravs.errors import RavsError
from ravs.parallel import SPAWN

MAX_START_S = 600  # until a process has loaded the model
LOST_REASON = "the worker or its machine was lost while it worked on this video"

ProcessTarget = Callable[[Connection, BatchPlan, str], None]


class VideoWorker:
    """Attempts each video until it is done or has had its attempts, which are counted across workers."""

    def __init__(
        self,
        plan: BatchPlan,
        model_sha256: str,
        target: ProcessTarget = serve,
    ) -> None:
        """`target`: what the process runs."""
        self.plan, self.model_sha256, self.target = plan, model_sha256, target
        self.process: SpawnProcess | None = None
        self.connection: Connection | None = None

    def run(self, video: BatchVideo, key: str) -> StatusRow:
        """How a video ended; what crashes, hangs or kills its process fails with that reason.

        Raises: ModelNotFoundError, DeviceError and what else concerns no single video.
        """
        error = LOST_REASON
        begun = attempts_begun(self.plan, video)
        for attempt in range(begun + 1, self.plan.retries + 2):
            connection = self._ready()
            begin = {"source": video.address, "attempt": attempt, "host": gethostname(), "worker": os.getpid()}
            log_event(self.plan, video, "start", begin)
            row = self._attempt(connection, video, key, attempt)
            if isinstance(row, StatusRow) and row.status == "done":
                return row
            error = row.error if isinstance(row, StatusRow) else row
            begun = attempt
        return StatusRow(
            source=video.address, result=video.result, status="failed", error=error, attempts=max(begun, 1)
        )

    def close(self) -> None:
        """Ends the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = None

    def _attempt(self, connection: Connection, video: BatchVideo, key: str, attempt: int) -> StatusRow | str:
        """The row of one attempt, or why there is none."""
        limit = self.plan.time_limit_s
        try:
            connection.send((video, key, attempt))
            if not connection.poll(limit):
                self.close()
                return f"it took longer than {limit:g} s, the limit of --time-limit, and was ended"
            answer = connection.recv()
        except (EOFError, ConnectionError):
            return f"it killed its process ({self._death()})"
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, StatusRow)
        return answer

    def _ready(self) -> Connection:
        """A process that has the model."""
        if self.process is not None and self.process.is_alive() and self.connection is not None:
            return self.connection
        self.connection, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=self.target, args=(theirs, self.plan, self.model_sha256), daemon=True)
        self.process.start()
        theirs.close()
        try:
            answer = self.connection.recv() if self.connection.poll(MAX_START_S) else "hangs"
        except (EOFError, ConnectionError):
            raise RavsError(f"the model {self.plan.job.model!r} cannot be loaded: {self._death()}") from None
        if isinstance(answer, Exception):
            raise answer
        if answer != "ready":
            self.close()
            raise RavsError(f"the model {self.plan.job.model!r} was not loaded after {MAX_START_S} s")
        return self.connection

    def _death(self) -> str:
        """How the process ended."""
        assert self.process is not None
        self.process.join()
        code = self.process.exitcode or 0
        self.process = None
        return f"signal {Signals(-code).name}" if code < 0 else f"exit code {code}"
