"""What one output, one source, one listener that fails takes with it: nothing else."""

import errno
import json
from pathlib import Path

import av
import pytest

from ravs.errors import RavsError
from ravs.inference.outputs import exports
from ravs.inference.segment_job import writer
from support.folders import snapshot

ALL = ("overlay", "masks", "uncertainty", "json", "timeline")
FAILURES = [
    av.error.ArgumentError(22, "Invalid argument", "overlay.mp4"),
    RavsError("overlay.mp4: cannot be written (Invalid argument)."),
    ValueError("x264 will not"),
    EOFError("End of file"),
    AssertionError("a layer is empty"),
]


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_an_overlay_that_cannot_be_written_takes_no_other_output_with_it(work, put, monkeypatch, error):
    put("a.mp4", "b.mp4")
    monkeypatch.setattr(writer, "write_overlay", raising(error))
    summary, listener = work("a.mp4", "b.mp4", formats=ALL)
    assert (summary.done, summary.failed) == (0, 2)
    assert json.loads(Path("ravs-out/a/a.json").read_text())["complete"]
    assert len(list(Path("ravs-out/b/masks").iterdir())) == 3
    (_, line), _ = listener.of("error")
    assert line.startswith("a.mp4: overlay.mp4: cannot be written (") and "masks, uncertainty, a.json" in line
    assert listener.errors[0] is error and len(line.splitlines()) == 1
    assert {path.name for path in Path("ravs-out").iterdir()} == {"a", "b"}


def test_what_could_not_be_written_is_made_by_the_next_run_and_nothing_else(work, put, monkeypatch):
    put("a.mp4")
    with monkeypatch.context() as broken:
        broken.setattr(writer, "write_overlay", raising(FAILURES[0]))
        work("a.mp4")
    before = snapshot()
    summary, _ = work("a.mp4")
    after = snapshot()
    assert summary.done == 1
    assert set(after) - set(before) == {"ravs-out/a/overlay.mp4"}
    assert [name for name in before if after[name] != before[name]] == ["ravs-out/a/done.json"]
    assert work("a.mp4")[0].skipped == 1


@pytest.mark.parametrize(
    ("module", "function", "lost", "after"),
    [(writer, "mask_png", "masks", 0), (writer, "mask_png", "masks", 2), (exports, "document_json", "a.json", 0)],
)
def test_each_other_output_stands_by_itself_too(work, put, monkeypatch, module, function, lost, after):
    put("a.mp4")
    first = [getattr(module, function)] * after  # calls that go well
    fail = raising(KeyError("lost"))
    monkeypatch.setattr(module, function, lambda *values: (first.pop() if first else fail)(*values))
    summary, listener = work("a.mp4")
    assert summary.failed == 1
    message = f"a.mp4: {lost}: cannot be written (KeyError: 'lost'); -v shows where. What was written is kept"
    assert listener.of("error")[0][1].startswith(message)
    written = {path.name for path in Path("ravs-out/a").iterdir()}
    assert written == {"overlay.mp4", "masks", "a.json", "done.json", "model-output.npz"} - {lost}


def test_no_output_at_all_leaves_what_the_model_said(work, put, monkeypatch):
    put("a.mp4")
    monkeypatch.setattr(writer, "write_overlay", raising(EOFError()))
    summary, listener = work("a.mp4", formats=("overlay",))
    assert (summary.failed, listener.of("error")) == (
        1,
        [("error", "a.mp4: overlay.mp4: cannot be written (EOFError); -v shows where.")],
    )
    assert {path.name for path in Path("ravs-out/a").iterdir()} == {"model-output.npz", "unfinished.json"}


def test_a_full_disk_fails_the_source_since_no_output_has_room(work, put, monkeypatch):
    put("a.mp4")
    monkeypatch.setattr(writer, "write_overlay", raising(OSError(errno.ENOSPC, "No space left on device", "x.mp4")))
    summary, listener = work("a.mp4")
    assert summary.failed == 1
    assert {path.name for path in Path("ravs-out/a").iterdir()} == {"model-output.npz", "unfinished.json"}
    assert "bytes free). Make room, and run the same command to resume." in listener.of("error")[0][1]


RAISED = [
    AttributeError("'NoneType' object has no attribute 'codec'"),
    av.error.InvalidDataError(1094995529, "Invalid data found", "a.mp4"),
    EOFError("End of\nfile"),
    OverflowError("Python int too large"),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_a_library_raises_while_it_reads_is_one_line_and_the_others_continue(work, put, quick, error):
    put("a.mp4", "b.mp4")
    quick.before = lambda path, index: raising(error)() if path.name == "a.mp4" else None
    summary, listener = work("a.mp4", "b.mp4", formats=("json",))
    assert (summary.done, summary.failed) == (1, 1)
    assert not Path("ravs-out/a").exists() and Path("ravs-out/b/b.json").exists()
    ((_, line),) = listener.of("error")
    assert line.startswith("a.mp4: cannot be processed (") and len(line.splitlines()) == 1
    assert listener.errors == [error]


def test_what_was_made_before_a_library_raises_is_kept_and_made_again_by_the_next_run(work, put, quick):
    put("a.mp4")
    quick.before = lambda path, index: raising(RAISED[0])() if index == 2 else None
    summary, listener = work("a.mp4", formats=("masks",))
    assert summary.failed == 1
    assert listener.of("error")[0][1].endswith("-v shows where. 2 masks before that point were kept.")
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == [
        "masks",
        "model-output.npz",
        "unfinished.json",
    ]
    quick.before = lambda path, index: None
    assert work("a.mp4", formats=("masks",))[0].done == 1
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == ["done.json", "masks", "model-output.npz"]
    assert len(list(Path("ravs-out/a/masks").iterdir())) == 3


@pytest.mark.parametrize("call", ["start", "frame", "done"])
def test_an_error_of_the_listener_is_none_of_the_source(work, put, recorder, call):
    put("a.mp4")
    setattr(recorder, call, raising(UnicodeEncodeError("cp1252", "→", 0, 1, "no such letter")))
    with pytest.raises(UnicodeEncodeError):
        work("a.mp4", formats=("json",), listener=recorder)
    assert not recorder.errors
    assert Path("ravs-out/a/done.json").exists() == (call == "done")
