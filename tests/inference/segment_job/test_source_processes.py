"""Several sources at once: the same results and the same report as one after another."""

from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread

import pytest

from ravs.errors import RavsError
from ravs.inference.segment_job.source_processes import OrderedReports, _Dispatch, _Relay
from ravs.inference.segment_job.sources import SegmentSource
from support.folders import contents


class Recorder:
    def __init__(self):
        self.events = []

    def __getattr__(self, name):
        return lambda *values: self.events.append((name, *values))


def test_reports_come_in_the_order_of_sources_the_first_at_once():
    recorder = Recorder()
    reports = OrderedReports(recorder)
    reports.tell(1, "start", ("b",))
    reports.tell(0, "start", ("a",))
    assert recorder.events == [("start", "a")]
    reports.tell(1, "done", ("b",))
    reports.finish(1)
    reports.tell(2, "start", ("c",))
    assert recorder.events == [("start", "a")]
    reports.tell(0, "done", ("a",))
    reports.finish(0)
    assert recorder.events == [("start", "a"), ("done", "a"), ("start", "b"), ("done", "b"), ("start", "c")]


def test_the_model_is_reported_once_however_many_processes_load_it():
    recorder = Recorder()
    reports = OrderedReports(recorder)
    for place in (1, 0, 2):
        reports.tell(place, "loading", ("debug",))
    assert recorder.events == [("loading", "debug")]


def answer(connection, outcomes):
    """Stands for a process: ends each source as `outcomes` says by its name, and itself over 'die'."""
    with suppress(EOFError), connection:
        while True:
            order = connection.recv()
            name = order.source.path.name
            connection.send(("start", (name,)))
            if outcomes[name] == "die":
                return
            connection.send(("ended", "done" if order.wait else outcomes[name]))


def dispatch(outcomes):
    recorder, (ours, theirs) = Recorder(), Pipe()
    Thread(target=answer, args=(theirs, outcomes), daemon=True).start()
    sources = [SegmentSource(Path(name), Path(name)) for name in outcomes]
    with ours:
        return _Dispatch(sources, [ours], OrderedReports(recorder)).outcomes(), recorder.events


def test_a_source_that_another_run_writes_comes_last():
    ended, events = dispatch({"a": None, "b": "skipped"})
    assert sorted(ended) == ["done", "skipped"]
    assert events == [("start", "a"), ("start", "b"), ("start", "a")]


def test_a_killed_process_fails_its_source_and_nothing_is_waited_for_in_vain():
    ended, events = dispatch({"a": "done", "b": "die", "c": "done"})
    assert ended == ["done", "failed", "failed"]
    assert [event[:2] for event in events if event[0] == "error"] == [("error", "b"), ("error", "c")]
    assert "fewer --jobs" in events[-1][2]


def test_errors_travel_with_their_tracebacks_as_text():
    ours, theirs = Pipe()
    try:
        raise ValueError(lambda: None)  # which cannot be pickled
    except ValueError as error:
        _Relay(theirs).error("a.mp4", "a.mp4: broken", error)
    kind, (name, message, cause) = ours.recv()
    assert (kind, name, message) == ("error", "a.mp4", "a.mp4: broken")
    assert isinstance(cause, RavsError) and "Traceback" in str(cause)


@pytest.mark.slow
def test_two_at_once_give_the_results_and_reports_of_one_after_another(put, model_folder):
    from ravs.inference.segment_job.job import SegmentJob, run

    put("a.mp4", "b.mp4")
    Path("c.mp4").write_text("no video")
    names = ("a.mp4", "c.mp4", "b.mp4")
    reports, kept = [], []
    for jobs in (1, 2):
        recorder = Recorder()
        job = SegmentJob(names=names, model=str(model_folder), out=Path("out"), formats=("masks", "json"), jobs=jobs)
        summary = run(job, recorder)
        assert (summary.done, summary.failed) == (2, 1)
        reports.append([event[0] for event in recorder.events])
        kept.append(contents(Path("out")))
        Path("out").rename(f"out-{jobs}")
    assert kept[0] == kept[1]
    assert reports[0] == reports[1]
