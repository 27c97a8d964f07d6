"""`ravs segment` where results lie already: resume, overwrite, fail."""

from pathlib import Path

import pytest

from support.folders import FAST, contents, snapshot


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


def test_what_the_model_would_have_to_do_again_is_never_overwritten_without_permission(ravs, place):
    place("a.mp4", "a.mp4")
    ravs("a.mp4", *FAST)
    before = snapshot()
    run = ravs("a.mp4", *FAST, "--rate", "2", "--threshold", "0.3")
    assert (run.code, snapshot()) == (1, before)
    assert run.err.strip().endswith("ravs-out/a exists with other settings (rate 1 → 2). Use --existing overwrite.")


def test_another_source_of_the_same_name_is_never_overwritten_without_permission(ravs, place):
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
    assert names == {"a.json", "done.json", "000000.png", "model-output.npz"}


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
