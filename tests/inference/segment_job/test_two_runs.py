"""Two runs of one line at once, and runs that were killed."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from ravs import file_lock as locks
from ravs.config.inference import InferenceSettings
from ravs.files import stale_parts

MASKS = ("masks",)


@pytest.fixture
def held(quick, monkeypatch):
    """The first run stops after two masks of a.mp4, sets `reached`, and continues once `released` is set."""
    monkeypatch.setattr(locks, "RETRY_S", 0.001)
    events, first = SimpleNamespace(reached=Event(), released=Event()), []

    def before(path, index):
        if path.name == "a.mp4" and index == 2 and not first:
            first.append(path)
            events.reached.set()
            assert events.released.wait(10)

    quick.before = before
    return events


@pytest.fixture
def two(work, put, held):
    """two(names…, meanwhile): a run held in the middle, and a second one; what both came to."""

    def both(*names, meanwhile):
        put(*names)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(work, *names, formats=MASKS)
            assert held.reached.wait(10)
            second = pool.submit(meanwhile)
            try:
                return first, second, second.result()
            finally:
                held.released.set()

    return both


def test_two_runs_into_one_folder_end_with_all_masks_and_the_second_waits(work, held, two, recorder):
    recorder.wait = lambda task: (recorder.events.append(("wait", task.source.path.name)), held.released.set())
    first, _, (second, _) = two("a.mp4", meanwhile=lambda: work("a.mp4", formats=MASKS, listener=recorder))
    assert (first.result()[0].done, second.skipped) == (1, 1)
    assert recorder.of("wait", "start", "skip") == [("wait", "a.mp4"), ("skip", "a.mp4")]
    assert len(list(Path("ravs-out/a/masks").iterdir())) == 3
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == ["done.json", "masks", "model-output.npz"]
    assert [path.name for path in Path("ravs-out").iterdir()] == ["a"]


def test_two_runs_of_one_line_share_its_sources(work, held, two, recorder):
    recorder.wait = lambda task: held.released.set()
    names = ("a.mp4", "b.mp4", "c.mp4")
    first, _, (second, _) = two(*names, meanwhile=lambda: work(*names, formats=MASKS, listener=recorder))
    assert (second.done, second.skipped, second.failed) == (2, 1, 0)
    assert (first.result()[0].done, first.result()[0].skipped) == (1, 2)


def test_a_second_run_of_another_threshold_waits_and_renders_what_the_first_one_s_model_said(work, held, two, recorder):
    recorder.wait = lambda task: held.released.set()
    other = InferenceSettings.from_choices(threshold=0.3)
    _, _, (second, _) = two("a.mp4", meanwhile=lambda: work("a.mp4", settings=other, listener=recorder))
    assert (second.done, second.failed) == (1, 0)
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == [
        *("a.json", "done.json", "masks", "model-output.npz", "overlay.mp4"),
    ]


def test_a_second_run_of_another_rate_waits_and_is_refused(work, held, two, recorder):
    recorder.wait = lambda task: held.released.set()
    other = InferenceSettings.from_choices(rate=2)
    _, _, (second, _) = two("a.mp4", meanwhile=lambda: work("a.mp4", settings=other, listener=recorder))
    assert second.failed == 1
    assert "exists with other settings (rate 1 → 2). Use --existing overwrite." in recorder.events[-2][1]


def test_what_a_killed_run_left_goes_and_what_a_living_one_makes_stays(work, put, held, two):
    def kill_and_run():
        Path("ravs-out/.b.01234567.part/masks").mkdir(parents=True)
        Path("ravs-out/.b.01234567.part/masks/000000.png").write_text("half")
        Path("ravs-out/.b.lock").touch()
        summary, _ = work("b.mp4", formats=MASKS)
        return summary, stale_parts(Path("ravs-out/a"))

    put("b.mp4")
    first, _, (summary, living) = two("a.mp4", meanwhile=kill_and_run)
    assert summary.done == 1 and len(living) == 1
    assert first.result()[0].done == 1
    assert sorted(path.name for path in Path("ravs-out").iterdir()) == ["a", "b"]


def test_what_a_killed_run_left_beside_finished_results_goes_with_the_next_run(work, put):
    put("a.mp4")
    work("a.mp4", formats=MASKS)
    for name in (".a.01234567.part", ".a.part"):
        Path("ravs-out", name, "masks").mkdir(parents=True)
    Path("ravs-out/.a.lock").touch()
    assert work("a.mp4", formats=MASKS, dry_run=True)[0].skipped == 1 and Path("ravs-out/.a.lock").exists()
    assert work("a.mp4", formats=MASKS)[0].skipped == 1
    assert [path.name for path in Path("ravs-out").iterdir()] == ["a"]


def test_two_runs_on_a_disk_without_locks_leave_what_the_other_one_makes(work, put, held, two, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    first, _, (second, _) = two("a.mp4", meanwhile=lambda: work("a.mp4", formats=MASKS))
    assert (first.result()[0].done, second.done) == (1, 1)
    assert len(list(Path("ravs-out/a/masks").iterdir())) == 3
    assert [path.name for path in Path("ravs-out").iterdir()] == ["a"]


def test_a_source_that_fails_leaves_no_lock_and_no_empty_folder(work, put, quick):
    put("a.mp4")
    Path("a.mp4").write_text("no video")
    assert work("a.mp4", out=Path("out/deep"))[0].failed == 1
    assert [path.name for path in Path().iterdir()] == ["a.mp4"]


def test_finished_results_on_a_disk_that_cannot_be_written_are_skipped(work, put, monkeypatch):
    put("a.mp4")
    work("a.mp4", formats=MASKS)

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(locks.os, "open", refuse)
    assert work("a.mp4", formats=MASKS)[0].skipped == 1
