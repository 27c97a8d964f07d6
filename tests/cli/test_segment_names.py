"""Names that are no addresses, no helper names and no text: any that a disk takes is a source."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.structures.json_document import read_document
from support.folders import contents

NAMES = (
    "Movie: part one.mp4",
    "https:evil.mp4",  # would be looked for in the network
    "concat:a.mp4",
    "done.mp4",
    "...mp4",
    "x" * 251 + ".mp4",
    "音" * 82 + ".mp4",
    os.fsdecode(b"caf\xe9.mp4"),
)


@pytest.mark.slow
def test_any_name_is_a_source_and_its_results_lie_below_the_output_folder(ravs, place):
    for name in NAMES:
        place("quiet.mp4", f"in/{name}")
    run = ravs(*(f"in/{name}" for name in NAMES), "-f", "all", "-o", "out: try", "--json")
    assert run.code == 0, run.err
    done = {line["source"]: Path(line["out"]) for line in run.lines if line["type"] == "done"}
    assert set(done) == {f"in/{name}" for name in NAMES}
    for name, folder in done.items():
        assert folder.parent == Path("out: try")
        assert {"overlay.mp4", "masks", "timeline.rttm", "done.json"} < {path.name for path in folder.iterdir()}
        document = read_document(folder / ResultFolder(folder).files("json")[0])
        assert document.source["name"] == Path(name).name
    assert {path.name for path in Path().iterdir()} == {"in", "out: try"}
    assert len(contents(Path("in"))) == len(NAMES)


def test_an_audio_file_with_a_colon_in_its_name_is_used(ravs, place):
    place("a.mp4", "Take 2: loud.mp4")
    place("trackless.mp4", "b.mp4")
    assert ravs("b.mp4", "-f", "overlay,json", "--sound", "Take 2: loud.mp4").code == 0


def test_a_name_that_is_no_utf_8_is_readable_on_the_terminal_and_exact_in_json(ravs, place):
    name = os.fsdecode(b"caf\xe9.mp4")
    place("quiet.mp4", name)
    assert "caf\\xe9.mp4  would run the model → ravs-out/caf\\xe9/" in ravs(name, "--dry-run").out
    start, _ = ravs(name, "--dry-run", "--json").lines
    assert os.fsencode(start["source"]) == b"caf\xe9.mp4"


def test_lines_of_json_are_utf_8_whatever_the_encoding_of_the_stream(place, model_folder):
    """In a process of its own, as a pipe gives a program its encoding."""
    name = os.fsdecode(b"caf\xe9 \xe2\x86\x92.mp4")
    place("quiet.mp4", name)
    program = "import sys; from ravs.cli.main import main; sys.exit(main(sys.argv[1:]))"
    line = [sys.executable, "-c", program, name, "--dry-run", "--json", "-m", str(model_folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    for encoding in ("cp1252", "utf-8:strict"):
        in_encoding = {**environment, "PYTHONIOENCODING": encoding}
        run = subprocess.run(line, capture_output=True, check=False, env=in_encoding)
        assert run.returncode == 0, run.stderr
        start, _ = (json.loads(text) for text in run.stdout.decode("utf-8").splitlines())
        assert os.fsencode(start["source"]) == os.fsencode(name)


def test_an_address_is_refused_in_a_line(ravs, place):
    run = ravs("https://example.org/a.mp4")
    assert run.code == 4
    assert run.err.endswith("An address is not read: download it first.\n") and len(run.err.splitlines()) == 1


def test_results_may_go_beside_their_source(ravs, place):
    place("quiet.mp4", "s.mp4")
    assert ravs("s.mp4", "-f", "masks", "-o", ".").code == 0
    assert {path.name for path in Path().iterdir()} == {"s", "s.mp4"}
    assert "1 source: 0 done, 1 skipped" in ravs(".", "--recursive", "-f", "masks", "-o", ".").out


@pytest.mark.parametrize("existing", ["resume", "fail"])
def test_masks_that_ravs_did_not_write_are_not_replaced_without_permission(ravs, place, existing):
    place("quiet.mp4", "s.mp4")
    Path("gt/s/masks").mkdir(parents=True)
    Path("gt/s/masks/000000.png").write_text("truth")
    run = ravs("s.mp4", "-f", "masks", "-o", "gt", "--existing", existing)
    assert run.code == 1 and "gt/s" in run.err and "--existing" in run.err
    assert contents(Path("gt")) == {"gt/s/masks/000000.png": b"truth"}
