"""Finished results under other settings and in other formats: no model, and the bytes of a first run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ravs
from ravs.cli.main import main
from ravs.config.inference import InferenceSettings
from ravs.errors import InputError
from ravs.structures.json_document import document_json
from ravs.structures.model_output import RECORD, WindowOutput
from support.folders import contents

ALL = ("masks", "uncertainty", "json", "timeline")


def settings(**choices):
    return InferenceSettings.from_choices(**choices)


@pytest.fixture
def said(quick, put):
    """A source of which the model says: a dog on the left at 0.8, a car on the right at 0.4 to 0.6."""
    put("a.mp4")

    def windows(path, settings, *, silent=False):
        quick.before(path, 0)
        for index in range(3):
            records = np.zeros(1, RECORD)
            records["time_s"], records["start_s"], records["height"], records["width"] = index + 0.9, index, 32, 48
            sounding, classes = np.zeros((1, 8, 12), np.uint8), np.zeros((1, 2, 8, 12), np.uint8)
            if not silent:
                sounding[..., :4], sounding[..., 8:] = 204, 102 + 25 * index
                classes[:, 0, :, :4] = classes[:, 1, :, 8:] = 255
            yield WindowOutput(records, sounding, classes, sounding // 2)

    quick.windows = windows
    return quick


@pytest.fixture
def no_model(said, monkeypatch):
    """From here on a model that is asked or loaded is a mistake."""

    def forbid():
        def ask(*_, **__):
            raise AssertionError("the model was asked")

        said.before = ask
        monkeypatch.setattr("ravs.inference.segmenter.load", ask)

    return forbid


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


@pytest.mark.parametrize("command", ["render", "segment"])
def test_results_that_were_being_moved_when_a_run_was_killed_all_come_back(work, said, no_model, monkeypatch, command):
    from ravs.inference.segment_job import publish_results

    def die(*_):
        raise KeyboardInterrupt

    work("a.mp4", formats=("masks", "json", "timeline"))
    no_model()
    other = ["render", "ravs-out/a", "--threshold", "0.45"]
    assert main(other) == 0
    expected = contents(Path("ravs-out/a"))
    assert main([*other[:-1], "0.7"]) == 0
    with monkeypatch.context() as killed:
        killed.setattr(publish_results, "move_entries", die)
        assert main(other) == 130
    assert not Path("ravs-out/a/timeline.csv").exists()
    if command == "render":
        assert main(other[:2]) == 0  # neither the formats nor the settings were forgotten
    else:
        assert work("a.mp4", formats=("json",), settings=settings(threshold=0.45))[0].done == 1
    assert contents(Path("ravs-out/a")) == expected


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


def test_all_classes_go_with_a_choice_among_some(work, said):
    work("a.mp4", formats=("json",))
    assert main(["render", "ravs-out/a", "--classes", "all", "--among", "car"]) == 0
    assert json.loads(Path("ravs-out/a/a.json").read_text())["settings"]["among"] == ["car"]


def test_a_prediction_that_is_saved_into_finished_results_replaces_all_of_them(work, said, no_model):
    work("a.mp4", formats=("json", "masks", "timeline"), settings=settings(mute=True))
    ravs.load_result("ravs-out/a", threshold=0.7).save("ravs-out/a", "json")
    names = {path.name for path in Path("ravs-out/a").iterdir()}
    assert names == {"a.json", "model-output.npz"}
    no_model()
    assert work("a.mp4", formats=("json", "masks"))[0].done == 1
    assert json.loads(Path("ravs-out/a/a.json").read_text())["settings"]["threshold"] == 0.5
    same = ravs.load_result("ravs-out/a")
    same.save("ravs-out/a", "coco")
    assert {path.name for path in Path("ravs-out/a").iterdir()} >= {"coco.json", "masks", "done.json"}


def test_ravs_render_keeps_what_it_is_not_told_and_says_what_it_did(work, said, no_model, capsys):
    work("a.mp4", formats=("json",), settings=settings(classes="car", threshold=0.3))
    no_model()
    assert main(["render", "ravs-out/a", "-f", "masks", "--threshold", "0.45"]) == 0
    said_lines = capsys.readouterr().out
    assert "rendered without the model: threshold 0.3 → 0.45" in said_lines
    kept = json.loads(Path("ravs-out/a/a.json").read_text())["settings"]
    assert (kept["classes"], kept["threshold"]) == (["car"], 0.45)
    assert main(["render", "ravs-out/a", "--classes", "all"]) == 0
    assert json.loads(Path("ravs-out/a/a.json").read_text())["settings"]["classes"] is None


def test_the_overlay_finds_its_source_where_it_was_or_is_told(work, said, no_model, capsys):
    work("a.mp4", formats=("json",))
    no_model()
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q"]) == 0
    shutil.move("a.mp4", "moved.mp4")
    Path("ravs-out/a/overlay.mp4").unlink()
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q"]) == 1
    assert (
        "ravs-out/a: the video, a.mp4, is not a file that is there: say where with --source" in capsys.readouterr().err
    )
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q", "--source", "moved.mp4"]) == 0
    Path("moved.mp4").write_bytes(b"another")
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q", "--source", "moved.mp4"]) == 1
    assert "moved.mp4 is not the video that ravs-out/a was made from: give a.mp4 as it was" in capsys.readouterr().err
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q", "--source", "ravs-out"]) == 1
    assert "the video, ravs-out, is not a file that is there: give the path of a.mp4" in capsys.readouterr().err


def test_new_settings_remove_a_video_that_cannot_be_drawn_again_and_say_so(work, said, no_model, capsys):
    work("a.mp4", formats=("json", "masks", "overlay"))
    no_model()
    shutil.move("a.mp4", "moved.mp4")
    assert main(["render", "ravs-out/a", "-f", "json", "--threshold", "0.3"]) == 0
    out = capsys.readouterr().out
    assert (
        "threshold 0.5 → 0.3; masks, too; overlay of the settings before removed, since the video is not there" in out
    )
    assert {path.name for path in Path("ravs-out/a").iterdir()} == {"a.json", "masks", "done.json", "model-output.npz"}
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q"]) == 1
    assert main(["render", "ravs-out/a", "-f", "overlay", "-q", "--source", "moved.mp4"]) == 0


def test_formats_that_follow_the_settings_are_named(work, said, no_model, capsys):
    work("a.mp4", formats=("json", "masks", "timeline"))
    assert main(["render", "ravs-out/a", "-f", "masks", "--threshold", "0.3"]) == 0
    assert "rendered without the model: threshold 0.5 → 0.3; json, timeline, too" in capsys.readouterr().out


def test_a_folder_above_results_and_a_model_output_stand_for_result_folders(work, said, no_model, put, capsys):
    put("b.mp4")
    work("a.mp4", "b.mp4", formats=("json",))
    no_model()
    assert main(["render", "ravs-out", "--threshold", "0.3"]) == 0
    assert "2 sources: 2 done" in capsys.readouterr().out
    assert main(["render", "ravs-out/a/model-output.npz", "--threshold", "0.4"]) == 0
    found = {name: json.loads(Path(f"ravs-out/{name}/{name}.json").read_text())["settings"] for name in "ab"}
    assert (found["a"]["threshold"], found["b"]["threshold"]) == (0.4, 0.3)
    assert main(["render", "ravs-out", "-f", "overlay", "--source", "a.mp4"]) == 2
    assert "--source names one video for 2 folders" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--min-area", "-1"], "min_area is -1.0; it must lie between 0 and 1"),
        (["--threshold", "nan"], "threshold is nan"),
        (["--min-duration", "abc"], "min_duration is 'abc'; it must be seconds"),
        (["--classes", "dogs"], "no class 'dogs' in quick. Did you mean 'dog'"),
        (["--classes", ","], "classes is empty"),
        (["--classes", "dog", "--among", "car"], "classes dog are not among car"),
    ],
)
def test_impossible_settings_are_wrong_usage_and_change_nothing(work, said, capsys, option, message):
    work("a.mp4", formats=("json",))
    before = contents(Path("ravs-out"))
    assert main(["render", "ravs-out/a", *option]) == 2
    assert message in capsys.readouterr().err
    assert contents(Path("ravs-out")) == before


@pytest.mark.parametrize(
    ("option", "names"),
    [
        (["--min-area", "0.5"], set()),
        (["--min-duration", "2.5"], {"dog", "car"}),  # what the end of the source cuts off is kept
        (["--min-duration", "0", "--bridge-gaps", "0"], {"dog", "car"}),
        (["--bridge-gaps", "3"], {"dog", "car"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_terminal_and_all_files_name_the_same_events_under_any_rule(work, said, capsys, option, names):
    work("a.mp4", formats=("masks", "json"))
    assert main(["render", "ravs-out/a", "--json", *option]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    done = next(line for line in lines if line["type"] == "done")
    document = json.loads(Path("ravs-out/a/a.json").read_text())
    assert done["events"] == document["events"]
    masks = np.stack([np.asarray(Image.open(path)) for path in sorted(Path("ravs-out/a/masks").glob("*.png"))])
    assert {("", "dog", "car")[index] for index in np.unique(masks) if index} == names
    assert {event["class"] for event in document["events"]} == names


def test_a_source_is_shown_without_detours_through_the_result_folder(work, said, no_model, capsys):
    work("a.mp4", formats=("json",))
    assert main(["render", "ravs-out/a", "-f", "timeline"]) == 0
    assert capsys.readouterr().out.startswith("a.mp4  48×32")


def test_a_dry_run_says_whether_the_model_would_run(work, said, no_model):
    work("a.mp4", formats=("json",))
    planned = {}
    for name, out in (("new", "elsewhere"), ("kept", "ravs-out")):
        _, listener = work("a.mp4", formats=("json",), settings=settings(threshold=0.3), dry_run=True, out=Path(out))
        planned[name] = listener.tasks["planned"].rendered_for
    assert planned == {"new": None, "kept": "threshold 0.5 → 0.3"}


def test_a_folder_without_a_model_output_does_not_stop_the_others(work, said, capsys):
    work("a.mp4", formats=("json",))
    Path("empty").mkdir()
    assert main(["render", "empty", "ravs-out/a", "-f", "masks"]) == 1
    out, err = capsys.readouterr()
    assert "empty holds no model-output.npz: give a result folder" in err
    assert "2 sources: 1 done, 0 skipped, 1 failed" in out


def test_a_result_is_loaded_under_its_own_settings_or_others(work, said, no_model):
    work("a.mp4", formats=("json",), settings=settings(threshold=0.3))
    no_model()
    loaded = ravs.load_result("ravs-out/a")
    assert document_json(loaded) == Path("ravs-out/a/a.json").read_text()
    assert loaded.source_path.samefile("a.mp4")
    assert {name for frame in loaded for name in frame.sounding} == {"dog", "car"}
    assert {name for frame in ravs.load_result("ravs-out/a", threshold=0.7) for name in frame.sounding} == {"dog"}
    with pytest.raises(InputError, match="'rate' is no setting that can be changed without the model"):
        ravs.load_result("ravs-out/a", rate=2)
    with pytest.raises(InputError, match=r"no class 'dogs' in quick\. Did you mean 'dog'"):
        ravs.load_result("ravs-out/a", classes="dogs")


def test_nothing_that_renders_imports_torch_or_transformers():
    program = "import sys, ravs.cli.render, ravs.inference.segment_job.render_job as job; from ravs import load_result"
    program += "; import ravs.inference.segment_job.writer; print({'torch', 'transformers'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stdout == "set()\n", ran.stderr
