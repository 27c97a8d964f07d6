"""What goes wrong in `ravs segment`, and what is kept."""

from pathlib import Path

import numpy as np
import pytest

from ravs.media import write_wav
from ravs.structures.json_document import read_document
from support.folders import FAST


def test_a_bad_file_leaves_nothing_and_stops_none_of_the_others(ravs, place):
    place("quiet.mp4", "in/a.mp4")
    Path("in/bad.mp4").write_text("no video at all")
    place("quiet.mp4", "in/c.mp4")
    run = ravs("in", "-f", "json")
    assert run.code == 1
    assert {path.name for path in Path("ravs-out").iterdir()} == {"a", "c"}
    (line,) = [line for line in run.err.splitlines() if "bad.mp4" in line]
    assert line.startswith("bad.mp4: cannot be decoded")
    assert "3 sources: 2 done, 0 skipped, 1 failed" in run.out


def test_a_source_that_breaks_keeps_what_was_made_before(ravs, place, monkeypatch):
    from ravs.errors import DecodeError
    from ravs.inference import segmenter

    read = segmenter.read_clips

    def break_off(path, **options):
        yield next(read(path, **options))
        error = DecodeError(f"{path.name}: cannot be decoded after 0:02.0 (torn).")
        error.time_s = 2.0
        raise error

    monkeypatch.setattr(segmenter, "read_clips", break_off)
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST)
    assert run.code == 1
    assert "a.mp4: cannot be decoded after 0:02.0 (torn). 2 masks before that point were kept." in run.err
    document = read_document(Path("ravs-out/a/a.json"))
    assert (document.complete, len(document)) == (False, 2)
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == ["a.json", "masks", "model-output.npz"]
    monkeypatch.undo()


def test_a_file_torn_in_the_middle_keeps_masks_and_overlay_up_to_there(ravs, place, draw_clip):
    from ravs.media import probe

    content = draw_clip(Path("whole.mp4"), seconds=6.0).read_bytes()
    Path("torn.mp4").write_bytes(content[: len(content) // 2])
    run = ravs("torn.mp4")
    assert run.code == 1
    assert "torn.mp4: cannot be decoded after 0:0" in run.err
    document = read_document(Path("ravs-out/torn/torn.json"))
    assert not document.complete
    assert f"{len(document)} mask" in run.err
    kept = {path.name for path in Path("ravs-out/torn").iterdir()}
    assert kept == {"masks", "model-output.npz", "overlay.mp4", "torn.json"}
    assert 1 < probe(Path("ravs-out/torn/overlay.mp4")).duration_s < 5


def test_a_clip_without_sound_says_what_to_do_and_leaves_nothing(ravs, place):
    place("trackless.mp4", "b.mp4")
    run = ravs("b.mp4", *FAST)
    assert run.code == 1
    assert "b.mp4: has no sound track, and RAVS marks what sounds. Give one with --sound FILE, or see" in run.err
    assert not Path("ravs-out/b").exists()
    assert "loading" not in run.err


def test_results_cannot_lie_in_a_file_which_is_said_before_the_model_loads(ravs, place):
    place("quiet.mp4", "a.mp4")
    for out in ("a.mp4", "a.mp4/deeper"):
        run = ravs("a.mp4", *FAST, "-o", out)
        assert (run.code, "loading" in run.err) == (2, False)
        assert f"out is '{out}', in which a file is no folder: give a folder" in run.err


def test_a_silent_clip_is_done_with_a_warning(ravs, place):
    place("quiet.mp4", "q.mp4")
    run = ravs("q.mp4", *FAST)
    assert run.code == 0
    assert "q.mp4: the sound is silent throughout (peak -120 dBFS); no masks expected." in run.err


@pytest.mark.parametrize("name", ["missing.mp4", "clips/*.mov", "empty"])
def test_a_name_that_matches_nothing_ends_with_four(ravs, place, name):
    Path("empty").mkdir(exist_ok=True)
    run = ravs(name)
    assert run.code == 4
    assert run.err == f"ravs: no video matches '{name}' (searched {Path.cwd()}).\n"
    assert run.out == ""


def test_a_name_that_matches_nothing_among_others_is_a_failure(ravs, place):
    place("quiet.mp4", "a.mp4")
    run = ravs("missing.mp4", "a.mp4", "-f", "json")
    assert run.code == 1
    assert "no video matches 'missing.mp4'" in run.err
    assert Path("ravs-out/a/a.json").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--treshold", "0.3"], "No such option: --treshold"),
        (["--threshold", "high"], "--threshold"),
        (["--threshold", "2"], "threshold is 2.0; it must lie between 0 and 1"),
        (["--rate", "fast"], "rate is 'fast'; it must be a number"),
        (["--start", "3", "--end", "2"], "end is 2 s, not after start 3 s"),
        (
            ["-f", "mask"],
            "no format 'mask'; formats are overlay, masks, uncertainty, json, timeline, coco, yolo",
        ),
        (["--existing", "ask"], "existing is 'ask'; it must be one of resume, overwrite, fail"),
        (["--classes", "dogs"], "no class 'dogs' in debug. Did you mean 'dog'? All: ravs classes -m debug"),
        (["--sound", "missing.wav"], "no sound file 'missing.wav'"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_two(ravs, place, words, message):
    place("quiet.mp4", "a.mp4")
    run = ravs("a.mp4", *words)
    assert run.code == 2
    assert message in run.err
    assert len(run.err.splitlines()) == 1
    assert not Path("ravs-out").exists()


@pytest.mark.parametrize(
    ("words", "model", "message"),
    [
        ([], "ravs-debug", "preset 'ravs-debug' comes without weights"),
        ([], "nowhere", "model 'nowhere' is neither a preset"),
        (["--device", "cuda:77"], None, "--device cuda:77"),
        (["--device", "toaster"], None, "--device toaster: no such device"),
    ],
)
def test_a_model_or_device_that_is_not_there_ends_with_three(ravs, place, model_folder, words, model, message):
    place("quiet.mp4", "a.mp4")
    run = ravs("a.mp4", *words, model=model or model_folder)
    assert run.code == 3
    assert message in run.err
    assert len(run.err.removeprefix("loading debug …\n").splitlines()) == 1


def test_an_interrupted_run_keeps_what_is_finished_and_says_how_to_resume(ravs, place, monkeypatch):
    from ravs.inference.segment_job.writer import ResultWriter

    place("quiet.mp4", "in/a.mp4")
    place("quiet.mp4", "in/b.mp4")
    write = ResultWriter._write_frame

    def press_keys(self, frame):
        write(self, frame)
        if self.task.source.path.name == "b.mp4":
            raise KeyboardInterrupt  # as Ctrl-C does, also where the shell lets SIGINT be ignored

    monkeypatch.setattr(ResultWriter, "_write_frame", press_keys)
    run = ravs("in", *FAST)
    assert run.code == 130
    assert run.err.endswith("ravs: interrupted; what was finished before is kept: run the same command to resume.\n")
    assert {path.name for path in Path("ravs-out/b").iterdir()} <= {"model-output.npz", "unfinished.json"}
    monkeypatch.setattr(ResultWriter, "_write_frame", write)
    assert "2 sources: 1 done, 1 skipped, 0 failed" in ravs("in", *FAST).out


def test_a_bug_of_ours_in_one_source_is_named_and_the_others_continue(ravs, place, monkeypatch):
    from ravs.inference.segment_job import model_run

    describe = model_run.describe_source

    def fail(path, *rest):
        if path.name == "a.mp4":
            raise KeyError("lost")
        return describe(path, *rest)

    monkeypatch.setattr(model_run, "describe_source", fail)
    for name in ("in/a.mp4", "in/b.mp4"):
        place("quiet.mp4", name)
    quiet, loud = ravs("in", *FAST), ravs("in", *FAST, "-v")
    assert (quiet.code, loud.code) == (1, 1)
    assert "a.mp4: cannot be processed (KeyError: 'lost'); -v shows where.\n" in quiet.err
    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert [path.name for path in Path("ravs-out").iterdir()] == ["b"]


def test_an_output_that_fails_is_named_and_v_shows_where(ravs, place, monkeypatch):
    from ravs.inference.segment_job import writer

    def fail(*_, **__):
        raise ValueError("x264 will not")

    monkeypatch.setattr(writer, "write_overlay", fail)
    place("quiet.mp4", "a.mp4")
    quiet, loud = ravs("a.mp4"), ravs("a.mp4", "-v")
    assert (quiet.code, loud.code) == (1, 1)
    said = "a.mp4: overlay.mp4: cannot be written (ValueError: x264 will not); -v shows where. What was written is kept"
    assert f"{said} (masks, a.json): run the same command to try again.\n" in quiet.err
    assert "Traceback" not in quiet.err and "in fail" in loud.err
    assert read_document(Path("ravs-out/a/a.json")).complete


def test_a_file_without_a_picture_is_refused_before_the_model_loads(ravs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_wav(Path("a.wav"), np.zeros((1, 16000), np.float32), 16000)
    run = ravs("a.wav")
    assert run.code == 1
    assert "a.wav: has audio but no video" in run.err and "loading" not in run.err


def test_a_shard_takes_its_part_of_the_sources_whose_folders_stay(ravs, place):
    for name in ("a.mp4", "a.mov", "b.mp4"):
        place("quiet.mp4", name)
    runs = [ravs("a.mov", "a.mp4", "b.mp4", "--shard", f"{index}/2", "--dry-run") for index in (1, 2)]
    assert [line.split()[0] for line in runs[0].out.splitlines()[:-1]] == ["a.mov", "b.mp4"]
    assert runs[1].out.splitlines()[0].startswith("a.mp4  would run the model → ravs-out/a.mp4/")
    assert ravs("a.mp4", "--shard", "2/2").code == 0  # nothing is left for it
