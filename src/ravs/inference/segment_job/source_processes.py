"""Several sources at once, each in a process; a listener hears of them in the order of one after another."""

import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any, cast

from ravs.errors import RavsError
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import ListenerError, ListenerProtocol
from ravs.parallel import SPAWN

if TYPE_CHECKING:
    import ravs.inference.segment_job.job

ONCE = ("loading", "loaded")  # events of the model, which every process loads


@dataclass(frozen=True)
class Order:
    """A source, its place in the order of reports, and whether another run that writes it is waited for."""

    place: int
    source: SegmentSource
    wait: bool = False


@dataclass(frozen=True)
class LoadedModel:
    """What is reported of a segmenter in another process."""

    text: str

    def summary(self) -> str:
        """Its name, classes, parameters and device in one line."""
        return self.text


class OrderedReports:
    """Passes events on at once for the first source that is not finished; keeps those of later ones until then."""

    def __init__(self, listener: ListenerProtocol) -> None:
        self._listener = listener
        self._first = 0
        self._kept: dict[int, list[tuple[str, tuple[Any, ...]]]] = {}
        self._finished: set[int] = set()
        self._said: set[str] = set()

    def tell(self, place: int, event: str, values: tuple[Any, ...]) -> None:
        """Takes an event of the source at this place."""
        if event in ONCE:
            if event not in self._said:
                self._said.add(event)
                getattr(self._listener, event)(*values)
        elif place == self._first:
            getattr(self._listener, event)(*values)
        else:
            self._kept.setdefault(place, []).append((event, values))

    def finish(self, place: int) -> None:
        """Takes the end of the source at this place."""
        self._finished.add(place)
        while self._first in self._finished:
            self._first += 1
            for event, values in self._kept.pop(self._first, ()):
                getattr(self._listener, event)(*values)


def segment_in_processes(
    job: "ravs.inference.segment_job.job.SegmentJob", sources: Sequence[SegmentSource], listener: ListenerProtocol
) -> list[str]:
    """How each source ended, as one after another would. An exception or interrupt ends all processes cleanly.

    Raises: what a process raises that stops a job, such as ModelNotFoundError.
    """
    count = min(job.jobs, len(sources))
    threads = max((os.cpu_count() or 1) // count, 1)
    workers: dict[Connection, SpawnProcess] = {}
    try:
        for _ in range(count):
            ours, theirs = SPAWN.Pipe()
            process = SPAWN.Process(target=work, args=(theirs, replace(job, jobs=1), threads), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
        return _Dispatch(sources, list(workers), OrderedReports(listener)).outcomes()
    except BaseException:
        for process in workers.values():
            process.terminate()  # it removes what is half done: see `work`
        raise
    finally:
        for connection, process in workers.items():
            connection.close()
            process.join()


class _Dispatch:
    """Gives each idle process the next source, and collects how they ended."""

    def __init__(
        self, sources: Sequence[SegmentSource], connections: list[Connection], reports: OrderedReports
    ) -> None:
        self.orders = deque(Order(place, source) for place, source in enumerate(sources))
        self.places = len(sources)
        self.idle, self.busy = connections, dict[Connection, Order]()
        self.reports = reports
        self.ended: list[str] = []

    def outcomes(self) -> list[str]:
        """'done', 'skipped' or 'failed' for each source, in whatever order."""
        while self.orders or self.busy:
            while self.orders and self.idle:
                connection, order = self.idle.pop(), self.orders.popleft()
                self.busy[connection] = order
                connection.send(order)
            if not self.busy:  # every process has died
                self.lost(self.orders.popleft())
                continue
            for ready in wait(list(self.busy)):
                self.receive(cast(Connection, ready))
        return self.ended

    def receive(self, connection: Connection) -> None:
        """Takes one message of a process."""
        order = self.busy[connection]
        try:
            kind, values = connection.recv()
        except (EOFError, ConnectionResetError):
            del self.busy[connection]
            self.lost(order)
            return
        if kind == "raised":
            raise values
        if kind != "ended":
            self.reports.tell(order.place, kind, values)
            return
        del self.busy[connection]
        self.idle.append(connection)
        self.end(order, values)

    def end(self, order: Order, outcome: str | None) -> None:
        """Notes how a source ended; one that another run writes comes last."""
        self.reports.finish(order.place)
        if outcome is not None:
            self.ended.append(outcome)
        else:
            self.orders.append(Order(self.places, order.source, wait=True))
            self.places += 1

    def lost(self, order: Order) -> None:
        """Notes that the process of a source was killed."""
        message = f"{order.source.path.name}: its process was ended from outside, perhaps for want of memory; "
        self.reports.tell(
            order.place, "error", (str(order.source.path), f"{message}try again with fewer --jobs.", None)
        )
        self.end(order, "failed")


class _Relay:
    """A listener that sends each event to the process that reports."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Callable[..., None]:
        return partial(self._send, name)

    def _send(self, name: str, *values: Any) -> None:
        self._connection.send((name, values))

    def loaded(self, segmenter: Any) -> None:
        """The model is ready."""
        self._send("loaded", LoadedModel(segmenter.summary()))

    def error(self, name: str, message: str, error: Exception | None) -> None:
        """A source failed; its traceback goes along as text, since not every exception can be sent."""
        cause = None if error is None else RavsError("".join(traceback.format_exception(error)))
        self._send("error", name, message, cause)


def work(connection: Connection, job: "ravs.inference.segment_job.job.SegmentJob", threads: int) -> None:
    """Segments the sources that are ordered, until the connection is closed; ended from outside, it cleans up."""
    from ravs.inference.segment_job.job_run import JobRun

    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # before torch is imported
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        run = JobRun(job, _Relay(connection))  # it answers to every event
        while True:
            order = connection.recv()
            connection.send(("ended", run.attempt(order.source, wait=order.wait)))
    except (EOFError, KeyboardInterrupt, BrokenPipeError, ListenerError):
        pass
    except Exception as error:
        connection.send(("raised", error))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
