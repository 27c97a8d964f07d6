"""A source whose results are there already: under other settings the model is asked for nothing that it has said."""

import gc
import json
import sys
from pathlib import Path

import pytest

import ravs
from ravs.config.inference import InferenceSettings
from ravs.inference.segment_job.job import SegmentJob
from ravs.inference.segment_job.job_run import JobRun
from support.folders import contents

ALL = ("masks", "uncertainty", "json", "timeline")
settings = InferenceSettings.from_choices


@pytest.mark.parametrize(
    "choices",
    [{"threshold": 0.3}, {"classes": "car"}, {"among": "car"}, {"min_area": 0.5}, {"max_uncertainty": 0.3}],
    ids=lambda choices: next(iter(choices)),
)
def test_other_settings_ask_no_model_and_give_the_bytes_of_a_first_run(work, said, no_model, choices):
    work("a.mp4", formats=ALL, settings=settings(**choices), out=Path("first"))
    work("a.mp4", formats=ALL)
    no_model()
    summary, listener = work("a.mp4", formats=ALL, settings=settings(**choices))
    assert summary.done == 1 and not listener.errors
    first, again = (
        {name.removeprefix(f"{folder}/"): content for name, content in contents(Path(folder)).items()}
        for folder in ("first", "ravs-out")
    )
    assert again == first and again["a/model-output.npz"]
    assert work("a.mp4", formats=ALL, settings=settings(**choices))[0].skipped == 1


def test_a_format_that_is_added_asks_no_model(work, said, no_model):
    work("a.mp4", formats=("json",))
    no_model()
    summary, listener = work("a.mp4", formats=("json", "masks", "overlay"))
    assert (summary.done, listener.errors) == (1, [])
    assert len(list(Path("ravs-out/a/masks").iterdir())) == 3


def test_all_formats_that_are_there_follow_the_settings(work, said, no_model):
    work("a.mp4", formats=("json", "timeline"))
    no_model()
    work("a.mp4", formats=("masks",), settings=settings(classes="dog"))
    assert "car" not in Path("ravs-out/a/timeline.csv").read_text()
    assert json.loads(Path("ravs-out/a/a.json").read_text())["settings"]["classes"] == ["dog"]


def test_the_silence_test_asks_the_model_for_silence_alone_and_once(work, said, no_model):
    work("a.mp4", formats=("json",))
    asked, windows = [], said.windows

    def record(path, settings, *, silent=False):
        asked.append(silent)
        return windows(path, settings, silent=silent)

    said.windows = record
    work("a.mp4", formats=("json",), settings=settings(mute=True))
    assert asked == [True]
    no_model()
    _, listener = work("a.mp4", formats=("json",), settings=settings(mute=True, threshold=0.3))
    assert not listener.errors
    assert json.loads(Path("ravs-out/a/a.json").read_text())["silence_test"]["kept_area"] == 0


def test_overwrite_asks_the_model_again(work, said, no_model):
    work("a.mp4", formats=("json",))
    no_model()
    with pytest.raises(AssertionError, match="the model was asked"):
        work("a.mp4", formats=("json",), existing="overwrite")


def test_an_overlay_that_is_interrupted_is_resumed_without_the_model(work, said, no_model, monkeypatch):
    from ravs.inference.segment_job import writer

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted, pytest.raises(KeyboardInterrupt):
        interrupted.setattr(writer, "write_overlay", stop)
        work("a.mp4")
    assert Path("ravs-out/a/model-output.npz").is_file()
    no_model()
    assert work("a.mp4")[0].done == 1


def test_a_model_output_that_is_damaged_is_made_again(work, said):
    work("a.mp4", formats=("json",))
    Path("ravs-out/a/model-output.npz").write_bytes(b"half")
    summary, listener = work("a.mp4", formats=("json", "masks"))
    assert summary.done == 1
    (notice,) = listener.notices
    assert notice.endswith("model-output.npz is no zip archive (File is not a zip file); the model runs again.")
    assert ravs.load_result("ravs-out/a").frames


def test_a_map_that_is_damaged_is_named_and_made_again(work, said):
    work("a.mp4", formats=("json",))
    path = Path("ravs-out/a/model-output.npz")
    content = bytearray(path.read_bytes())
    content[content.index(b"classes_000001.npy") + 60] ^= 255
    path.write_bytes(content)
    summary, listener = work("a.mp4", formats=("json",), settings=settings(threshold=0.3))
    assert (summary.done, listener.errors) == (1, [])
    (notice,) = listener.notices
    assert "damaged" in notice and notice.endswith("the model runs again.")


def test_a_dry_run_says_whether_the_model_would_run(work, said, no_model):
    work("a.mp4", formats=("json",))
    planned = {}
    for name, out in (("new", "elsewhere"), ("kept", "ravs-out")):
        _, listener = work("a.mp4", formats=("json",), settings=settings(threshold=0.3), dry_run=True, out=Path(out))
        planned[name] = listener.tasks["planned"].rendered_for
    assert planned == {"new": None, "kept": "threshold 0.5 → 0.3"}


@pytest.mark.parametrize(("imported", "times"), [(False, 1), (True, 0)])
def test_what_importing_torch_makes_is_left_out_of_garbage_collections(
    quick, model_folder, recorder, monkeypatch, imported, times
):
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    if not imported:
        monkeypatch.delitem(sys.modules, "torch")
    assert JobRun(SegmentJob(names=("a.mp4",), model=str(model_folder)), recorder).segmenter is quick
    assert len(frozen) == times
