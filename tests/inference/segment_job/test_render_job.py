"""`ravs render`: results under other settings and in other formats, and what is said of it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.cli.main import main
from ravs.config.inference import InferenceSettings
from support.folders import contents

settings = InferenceSettings.from_choices


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


def test_all_classes_go_with_a_choice_among_some(work, said):
    work("a.mp4", formats=("json",))
    assert main(["render", "ravs-out/a", "--classes", "all", "--among", "car"]) == 0
    assert json.loads(Path("ravs-out/a/a.json").read_text())["settings"]["among"] == ["car"]


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


def test_a_folder_without_a_model_output_does_not_stop_the_others(work, said, capsys):
    work("a.mp4", formats=("json",))
    Path("empty").mkdir()
    assert main(["render", "empty", "ravs-out/a", "-f", "masks"]) == 1
    out, err = capsys.readouterr()
    assert "empty holds no model-output.npz: give a result folder" in err
    assert "2 sources: 1 done, 0 skipped, 1 failed" in out


def test_nothing_that_renders_imports_torch_or_transformers():
    program = "import sys, ravs.cli.render, ravs.inference.segment_job.render_job as job; from ravs import load_result"
    program += "; import ravs.inference.segment_job.writer; print({'torch', 'transformers'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.stdout == "set()\n", ran.stderr
