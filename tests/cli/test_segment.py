import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.outputs.document import read_document
from ravs.palette import voc_color

FAST = ("-f", "masks,json")


def snapshot(folder=Path("ravs-out")):
    """Every file with its content and when it was written."""
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


def contents(folder=Path("ravs-out")):
    return {name: content for name, (content, _) in snapshot(folder).items()}


# what is written


def test_one_clip_gives_masks_a_document_and_done_written_last(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("segment", "a.mp4", *FAST)
    assert run.code == 0
    names = sorted(contents())
    assert names == [f"ravs-out/a/{n}" for n in ["a.json", "done.json", *(f"masks/00000{i}.png" for i in range(3))]]
    written = {name: time for name, (_, time) in snapshot().items()}
    assert max(written, key=written.__getitem__) == "ravs-out/a/done.json"


def test_masks_are_palette_pictures_of_the_displayed_size_that_the_document_repeats(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    document = read_document(Path("ravs-out/a/a.json"))
    assert len(document) == 3
    assert any(frame.objects for frame in document)
    for frame in document:
        with Image.open(f"ravs-out/a/masks/{frame.index:06d}.png") as picture:
            assert (picture.mode, picture.size) == ("P", (48, 32))
            assert tuple(picture.getpalette()[3:6]) == voc_color(1)
            np.testing.assert_array_equal(np.asarray(picture), frame.labels)


def test_the_overlay_lasts_as_long_as_its_source_and_has_its_size_and_sound(ravs, place):
    from ravs.media import probe

    place("a.mp4", "a.mp4")
    run = ravs("a.mp4")
    assert run.code == 0
    assert "  → ravs-out/a/  overlay.mp4  masks/ (3)  a.json" in run.out
    made, source = probe(Path("ravs-out/a/overlay.mp4")), probe(Path("a.mp4"))
    assert (made.width, made.height, made.duration_s) == (source.width, source.height, source.duration_s)
    assert made.sound == source.sound


def test_a_verb_is_not_needed(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("segment", "a.mp4", *FAST, "-o", "with")
    ravs("a.mp4", *FAST, "-o", "without")
    assert list(contents(Path("with")).values()) == list(contents(Path("without")).values())


def test_the_same_input_gives_the_same_bytes(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "masks,uncertainty,json,timeline")
    first = contents()
    ravs("a.mp4", "-f", "masks,uncertainty,json,timeline", "--existing", "overwrite")
    assert contents() == first


def test_uncertainty_and_timeline_are_written_where_asked_for(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "uncertainty,timeline")
    names = {Path(name).name for name in contents()}
    assert names == {*(f"00000{i}.png" for i in range(3)), "timeline.csv", "timeline.vtt", "timeline.rttm", "done.json"}
    with Image.open("ravs-out/a/uncertainty/000000.png") as picture:
        assert (picture.mode, picture.size) == ("L", (48, 32))


def test_no_format_writes_nothing_and_still_says_what_sounds(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "none")
    assert run.code == 0
    assert "sounding: " in run.out
    assert not Path("ravs-out").exists()


def test_folders_are_mirrored_and_suffixes_kept_where_stems_collide(ravs, place):
    for name in ("in/a.mp4", "in/a.mov", "in/deep/b.mp4", "in/notes.txt"):
        place("quiet.mp4", name)
    ravs("in", "-f", "json")
    assert sorted(contents()) == [f"ravs-out/a.{s}/{n}" for s in ("mov", "mp4") for n in (f"a.{s}.json", "done.json")]
    ravs("in", "-f", "json", "--recursive")
    assert Path("ravs-out/deep/b/b.json").is_file()


def test_a_pattern_that_no_shell_expanded_is_expanded(ravs, place):
    place("quiet.mp4", "in/x.mp4")
    place("quiet.mp4", "in/y.mp4")
    assert ravs("in/*.mp4", "-f", "json").code == 0
    assert {path.name for path in Path("ravs-out").iterdir()} == {"x", "y"}


def test_part_of_a_clip_at_another_rate(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "json", "--start", "0:00:00.5", "--end", "2", "--rate", "2")
    assert [frame.start_s for frame in read_document(Path("ravs-out/a/a.json"))] == [0.0, 0.5, 1.0]


def test_only_the_classes_asked_for_are_named(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "json", "--classes", "car")
    assert {name for frame in read_document(Path("ravs-out/a/a.json")) for name in frame.sounding} == {"car"}


def test_a_threshold_of_one_leaves_nothing_and_says_so(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "json", "--threshold", "1")
    assert "sounding: nothing 2.5 s" in run.out
    assert json.loads(Path("ravs-out/a/a.json").read_text())["frames"][0]["objects"] == []


def test_another_sound_is_heard_and_named(ravs, place):
    place("a.mp4", "a.mp4")
    place("trackless.mp4", "b.mp4")
    assert ravs("b.mp4", "-f", "json", "--sound", "a.mp4").code == 0
    document = json.loads(Path("ravs-out/b/b.json").read_text())
    assert document["settings"]["sound"] == "a.mp4"
    assert document["frames"][0]["level_db"] > -30


# resume, overwrite, fail


def test_what_is_finished_is_not_touched(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    before = snapshot()
    run = ravs("a.mp4", *FAST)
    assert (run.code, snapshot()) == (0, before)
    assert "1 source: 0 done, 1 skipped, 0 failed" in run.out


def test_a_format_that_is_missing_is_added_and_the_rest_not_touched(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "masks")
    before = snapshot()
    assert ravs("a.mp4", "-f", "masks,json").code == 0
    after = snapshot()
    assert set(after) - set(before) == {"ravs-out/a/a.json"}
    assert all(after[name] == before[name] for name in before if "masks" in name)


@pytest.mark.parametrize("formats", ["overlay", "overlay,json"])
def test_an_overlay_needs_no_masks_on_disk_and_can_be_added_later(ravs, place, formats):
    place("a.mp4", "a.mp4")
    assert ravs("a.mp4", "-f", formats).code == 0
    assert Path("ravs-out/a/overlay.mp4").stat().st_size
    place("a.mp4", "b.mp4")
    ravs("b.mp4", "-f", "masks")
    before = snapshot()
    run = ravs("b.mp4")
    assert (run.code, run.err.count("No such file")) == (0, 0)
    assert set(snapshot()) - set(before) == {"ravs-out/b/overlay.mp4", "ravs-out/b/b.json"}


@pytest.mark.parametrize(("rate", "seconds"), [("1", "2.5 s"), ("2", "2.5 s"), ("native", "2.5 s")])
def test_silence_is_counted_in_seconds_of_the_source_at_any_rate(ravs, place, rate, seconds):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "none", "--threshold", "1", "--rate", rate)
    assert f"sounding: nothing {seconds}" in run.out


def test_other_settings_are_never_written_over_unasked(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    before = snapshot()
    run = ravs("a.mp4", *FAST, "--threshold", "0.3")
    assert (run.code, snapshot()) == (1, before)
    assert run.err.strip().endswith(
        "ravs-out/a exists with other settings (threshold 0.5 → 0.3). Use --existing overwrite."
    )


def test_another_source_of_the_same_name_is_never_written_over_unasked(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "json")
    place("quiet.mp4", "a.mp4")
    run = ravs("a.mp4", "-f", "json")
    assert run.code == 1
    assert "another source" in run.err


def test_overwriting_leaves_nothing_of_the_old_result(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", "-f", "masks,json,timeline")
    run = ravs("a.mp4", *FAST, "--end", "1", "--existing", "overwrite")
    assert run.code == 0
    names = {Path(name).name for name in contents()}
    assert names == {"a.json", "done.json", "000000.png"}


def test_fail_refuses_what_exists(ravs, place):
    place("a.mp4", "a.mp4")
    assert ravs("a.mp4", *FAST, "--existing", "fail").code == 0
    run = ravs("a.mp4", *FAST, "--existing", "fail")
    assert run.code == 1
    assert "ravs-out/a exists. Use --existing resume or overwrite." in run.err


def test_an_unfinished_result_is_made_again(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    whole = contents()
    Path("ravs-out/a/done.json").unlink()
    Path("ravs-out/a/masks/000009.png").write_bytes(b"of a longer run")
    assert ravs("a.mp4", *FAST).code == 0
    assert contents() == whole


def test_files_of_the_user_in_the_folder_are_kept(ravs, place):
    place("a.mp4", "a.mp4")
    Path("ravs-out/a").mkdir(parents=True)
    Path("ravs-out/a/notes.txt").write_text("mine")
    ravs("a.mp4", *FAST, "--existing", "overwrite")
    assert Path("ravs-out/a/notes.txt").read_text() == "mine"


# what goes wrong


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
    from ravs import predictor
    from ravs.errors import DecodeError

    read = predictor.read_clips

    def break_off(path, **options):
        yield next(read(path, **options))
        error = DecodeError(f"{path.name}: cannot be decoded after 0:02.0 (torn).")
        error.time_s = 2.0
        raise error

    monkeypatch.setattr(predictor, "read_clips", break_off)
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST)
    assert run.code == 1
    assert "a.mp4: cannot be decoded after 0:02.0 (torn). 2 masks before that point were kept." in run.err
    document = read_document(Path("ravs-out/a/a.json"))
    assert (document.complete, len(document)) == (False, 2)
    assert sorted(path.name for path in Path("ravs-out/a").iterdir()) == ["a.json", "masks"]
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
    assert sorted(path.name for path in Path("ravs-out/torn").iterdir()) == ["masks", "overlay.mp4", "torn.json"]
    assert 1 < probe(Path("ravs-out/torn/overlay.mp4")).duration_s < 5


def test_a_clip_without_sound_says_what_to_do_and_leaves_nothing(ravs, place):
    place("trackless.mp4", "b.mp4")
    run = ravs("b.mp4", *FAST)
    assert run.code == 1
    assert "b.mp4: has no sound track, and RAVS marks what sounds. Give one with --sound FILE, or see" in run.err
    assert not Path("ravs-out/b").exists()


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
        (["-f", "mask"], "no format 'mask'; formats are overlay, masks, uncertainty, json, timeline, all, none"),
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
    assert len(run.err.splitlines()) == 1


def test_an_interrupted_run_keeps_what_is_finished_and_says_how_to_go_on(ravs, place, monkeypatch):
    from ravs.segmenting.writing import Writer

    place("quiet.mp4", "in/a.mp4")
    place("quiet.mp4", "in/b.mp4")
    write = Writer._write_frame

    def press_keys(self, frame):
        write(self, frame)
        if self.path.name == "b.mp4":
            raise KeyboardInterrupt  # as Ctrl-C does, also where the shell lets SIGINT be ignored

    monkeypatch.setattr(Writer, "_write_frame", press_keys)
    run = ravs("in", *FAST)
    assert run.code == 130
    assert run.err.endswith("ravs: interrupted; finished work is kept: run the same line to go on.\n")
    assert [path.name for path in Path("ravs-out").iterdir()] == ["a"]
    monkeypatch.setattr(Writer, "_write_frame", write)
    assert "2 sources: 1 done, 1 skipped, 0 failed" in ravs("in", *FAST).out


def test_a_bug_of_ours_in_one_source_is_named_and_the_others_go_on(ravs, place, monkeypatch):
    from ravs.segmenting import writing

    def fail(frame):
        raise KeyError("lost")

    monkeypatch.setattr(writing, "mask_png", fail)
    place("quiet.mp4", "a.mp4")
    quiet, loud = ravs("a.mp4", *FAST), ravs("a.mp4", *FAST, "-v")
    assert (quiet.code, loud.code) == (1, 1)
    assert "a.mp4: KeyError: 'lost'" in quiet.err
    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert not Path("ravs-out/a").exists()


# what is said


def test_the_terminal_reads_as_the_manual_says(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST)
    first, sounding, folder, summary = run.out.splitlines()
    assert first == "a.mp4  48×32  10 fps  0:02.5  sound 32 kHz stereo"
    assert sounding.startswith("  sounding: ")
    assert folder == "  → ravs-out/a/  masks/ (3)  a.json"
    assert summary.startswith("1 source: 1 done, 0 skipped, 0 failed  (")
    assert run.err.startswith("ravs 0.1.0 · debug (2 classes, ")


def test_progress_goes_to_standard_error_a_tenth_a_line_and_can_be_turned_off(ravs, place):
    place("a.mp4", "a.mp4")
    assert "a.mp4: 100 % (3 masks)" in ravs("a.mp4", "-f", "none").err
    assert "%" not in ravs("a.mp4", "-f", "none", "--no-progress").err


def test_quiet_says_nothing_but_errors(ravs, place):
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


def test_a_clip_without_sound_can_be_seen_in_silence(ravs, place):
    place("trackless.mp4", "b.mp4")
    assert ravs("b.mp4", "-f", "json", "--mute").code == 0
    assert len(read_document(Path("ravs-out/b/b.json"))) == 1


def test_a_dry_run_writes_nothing_and_names_what_it_would(ravs, place):
    place("a.mp4", "a.mp4")
    run = ravs("a.mp4", *FAST, "--dry-run")
    assert run.code == 0
    assert "a.mp4  would be made → ravs-out/a/  masks json" in run.out
    assert not Path("ravs-out").exists()


def test_results_below_the_output_folder_are_no_sources(ravs, place):
    place("quiet.mp4", "a.mp4")
    Path("ravs-out/x").mkdir(parents=True)
    shutil.copy("a.mp4", "ravs-out/x/overlay.mp4")
    run = ravs(".", "--recursive", "-f", "json")
    assert "1 source: 1 done" in run.out
