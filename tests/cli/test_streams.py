"""Standard output that lacks characters, is full, or has lost its reader: results are still made."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ravs.cli.main import main

SOURCE = Path(__file__).parents[2] / "src"
PROGRAM = f"""
import sys; sys.path.insert(0, {str(SOURCE)!r})
from ravs.cli.main import main; sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def to(monkeypatch, capfd, model_folder, load_once, place):
    """to(stream, words…): the command with this standard output, in this process: exit code, standard error."""
    place("quiet.mp4", "a.mp4")
    monkeypatch.setattr("ravs.inference.segmenter.load", load_once)

    def run(stream, *words):
        capfd.readouterr()
        with monkeypatch.context() as changed:
            changed.setattr(sys, "stdout", stream)
            code = main(["a.mp4", *words, "-m", str(model_folder)])
        return code, capfd.readouterr().err

    return run


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_stream_that_lacks_characters_gets_others_and_nothing_fails(to, encoding):
    for words in ("1 done, 0 skipped, 0 failed", "finished before"):
        written = io.BytesIO()
        code, err = to(io.TextIOWrapper(written, encoding=encoding, write_through=True), "-f", "json")
        assert code == 0 and "Traceback" not in err
        assert words in written.getvalue().decode(encoding)
    assert Path("ravs-out/a/done.json").exists()


def unread():
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_results_are_made_though_nobody_reads_the_report(to, words):
    with unread() as stream:
        code, err = to(stream, "-f", "json", *words)
    assert code == 0 and "ipe" not in err
    assert Path("ravs-out/a/done.json").exists()


def test_where_nothing_but_text_is_made_a_lost_reader_ends_the_work_quietly(to):
    with unread() as stream:
        code, err = to(stream, "-f", "none", "--json")
    assert code == 141 and "ipe" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_below_standard_output_is_named_and_results_are_made(to):
    with open("/dev/full", "w") as stream:  # noqa: PTH123 - a device
        code, err = to(stream, "-f", "json")
    assert code == 1
    assert err.endswith(
        "ravs: standard output cannot be written (No space left on device); the work went on to its end.\n"
    )
    assert Path("ravs-out/a/done.json").exists()


@pytest.mark.parametrize(("words", "code"), [(["a.mp4", "--dry-run"], 0), (["--help"], 141)])
def test_a_reader_that_closes_the_pipe_ends_any_verb_without_a_message(place, model_folder, words, code):
    """As `ravs … | head -1`: in a process of its own, since Python writes once more when it ends."""
    place("quiet.mp4", "a.mp4")
    words = [*words, *(["-m", str(model_folder)] if "a.mp4" in words else [])]
    line = [sys.executable, "-c", PROGRAM, *words]
    with unread() as stream:
        run = subprocess.run(line, stdout=stream, stderr=subprocess.PIPE, check=False)
    assert run.stderr == b"" and run.returncode == code
