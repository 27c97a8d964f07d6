"""What `ravs segment` prints."""

import json
import shutil
from pathlib import Path

from ravs.cli.segment_text import describe_results
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.publish_results import publish
from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.inference.segment_job.sources import SegmentSource
from ravs.inference.segment_job.task import SegmentTask
from ravs.structures.json_document import read_document
from support.folders import FAST


def test_the_terminal_shows_the_lines_of_the_manual(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST)
    first, sounding, folder, summary = run.out.splitlines()
    assert first == "a.mp4  48×32  10 fps  0:02.5  sound 32 kHz stereo"
    assert sounding.startswith("  sounding: ")
    assert folder == "  → ravs-out/a/  masks/ (3)  a.json"
    assert summary.startswith("1 source: 1 done, 0 skipped, 0 failed  (")
    assert run.err.startswith("loading debug …\nravs 0.1.0 · debug (2 classes, ")


def test_progress_goes_to_standard_error_a_tenth_a_line_and_can_be_turned_off(ravs, place):
    place("a.mp4", "a.mp4")
    assert "a.mp4: 100 % (3 masks)" in ravs("a.mp4", "-f", "none").err
    assert "%" not in ravs("a.mp4", "-f", "none", "--no-progress").err


def test_quiet_prints_nothing_but_errors(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST, "-q")
    assert (run.code, run.out, run.err) == (0, "", "")
    Path("bad.mp4").write_text("no video")
    run = ravs("bad.mp4", *FAST, "-q")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("bad.mp4: cannot be decoded")


def test_json_lines_are_all_there_is_on_standard_output(ravs, place):
    place("a.mp4", "a.mp4")
    Path("bad.mp4").write_text("no video")
    run = ravs("a.mp4", "bad.mp4", "-f", "json", "--json")
    kinds = [line["type"] for line in run.lines]
    assert kinds == ["start", "frame", "frame", "frame", "done", "error", "summary"]
    start, *frames, done, error, summary = run.lines
    document = json.loads(Path("ravs-out/a/a.json").read_text())
    assert start["source"] == "a.mp4"
    assert start["facts"] == document["source"]
    assert [{k: v for k, v in f.items() if k not in ("type", "source")} for f in frames] == document["frames"]
    assert done["events"] == document["events"]
    assert error["source"] == "bad.mp4"
    assert (summary["done"], summary["skipped"], summary["failed"]) == (1, 0, 1)
    assert [line["type"] for line in ravs("a.mp4", "-f", "json", "--json").lines] == ["skip", "summary"]


def test_the_silence_test_is_reported_written_and_warned_about(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "json", "--mute")
    test = json.loads(Path("ravs-out/a/a.json").read_text())["silence_test"]
    assert f"  silence test: {100 * test['kept_area']:.1f} % of the area stays (" in run.out
    assert test["kept_area"] > 0.05  # random weights do not listen
    assert "a.mp4: more than 5 % of the area stays in silence." in run.err


def test_a_clip_without_sound_can_be_segmented_in_silence(ravs, place):
    place("trackless.mp4", "b.mp4")
    assert ravs("b.mp4", "-f", "json", "--mute").code == 0
    assert len(read_document(Path("ravs-out/b/b.json"))) == 1


def test_a_dry_run_writes_nothing_and_names_what_it_would(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST, "--dry-run")
    assert run.code == 0
    assert "a.mp4  would run the model → ravs-out/a/  masks json" in run.out
    assert "1 source: 1 to do, 0 skipped, 0 failed" in run.out
    assert not Path("ravs-out").exists()


def test_a_dry_run_says_where_the_model_need_not_run(ravs, place):
    place("quiet.mp4", "a.mp4")
    assert ravs("a.mp4", "-f", "json").code == 0
    assert "a.mp4  would render without the model → ravs-out/a/  masks\n" in ravs("a.mp4", *FAST, "--dry-run").out
    _, start = (ravs("a.mp4", *FAST, *options, "--dry-run", "--json").lines[0] for options in ([], ["-o", "new"]))
    assert (start["dry_run"], start["model"]) == (True, True)


def test_results_below_the_output_folder_are_no_sources(ravs, place):
    place("quiet.mp4", "a.mp4")
    Path("ravs-out/x").mkdir(parents=True)
    shutil.copy("a.mp4", "ravs-out/x/overlay.mp4")
    run = ravs(".", "--recursive", "-f", "json")
    assert "1 source: 1 done" in run.out


def test_the_line_of_a_folder_counts_the_files_that_are_there(tmp_path):
    target = ResultFolder(tmp_path / "a")
    made = Provenance(source="s", sound=None, model="m", settings={})
    target.write("masks/000000.png", b"")
    publish(target, ("masks", "uncertainty"), made, complete=True, paths={})  # a baseline has no uncertainty
    task = SegmentTask(SegmentSource(Path("a.mp4"), Path("a")), target, made, ("masks", "uncertainty"))
    assert describe_results(task) == f"{tmp_path}/a/  masks/ (1)  uncertainty/ (0)"


def test_quiet_runs_do_not_say_that_the_model_is_being_loaded(ravs, place):
    place("quiet.mp4", "a.mp4")
    assert "loading" not in ravs("a.mp4", "-f", "none", "-q").err
