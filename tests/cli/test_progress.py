"""Progress with and without a terminal."""

from ravs.cli.progress import SegmentProgress, progress_bar


def test_without_a_terminal_each_tenth_is_a_line(capsys):
    with progress_bar("videos") as advance:
        for done in range(26):
            advance(done, 25)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "videos: 10 % (3 of 25)" and lines[-1] == "videos: 100 % (25 of 25)"
    assert len(lines) == 10


def test_nothing_to_do_prints_nothing(capsys):
    with progress_bar("videos") as advance:
        advance(0, 0)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_bar_counts_on_standard_error(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    with progress_bar("videos") as advance:
        advance(1, 2)
        advance(2, 2)
    printed = capsys.readouterr()
    assert printed.out == "" and "10 %" not in printed.err


def test_ci_is_obeyed_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("CI", "1")
    with progress_bar("videos") as advance:
        advance(1, 1)
    assert capsys.readouterr().err == "videos: 100 % (1 of 1)\n"


def test_a_video_that_is_written_has_tenths_of_its_own(capsys):
    progress = SegmentProgress(shown=True)
    progress.start("a.mp4", 10)
    for second in range(10):
        progress.advance(second + 1.0)
    progress.step("overlay")
    for second in range(1, 21):
        progress.drawn(float(second), 20.2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[9:12] == ["a.mp4: 100 % (10 masks)", "a.mp4: overlay", "a.mp4: overlay: 10 % (2 of 20 s)"]
    assert lines[-1] == "a.mp4: overlay: 100 % (20 of 20 s)"


def test_on_a_terminal_the_bar_begins_anew_for_a_video(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    progress = SegmentProgress(shown=True)
    progress.start("a.mp4", 10)
    progress.advance(1.0)
    progress.step("overlay")
    progress.drawn(3.0, 12.0)
    (task,) = progress._bar.tasks
    assert (task.completed, task.total, task.fields["unit"]) == (3, 12, "seconds")
    progress.stop()
    assert capsys.readouterr().out == ""
