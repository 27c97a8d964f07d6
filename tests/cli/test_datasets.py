"""`ravs datasets`: what is printed where, and the exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from ravs.cli.main import main
from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set


@pytest.fixture(scope="module")
def composed(library, tmp_path_factory):
    """A composed set of two clips."""
    folder = tmp_path_factory.mktemp("composed") / "set"
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(folder, library, settings, subsets=("ms",), count=2)
    return folder


@pytest.fixture
def folder(composed, tmp_path, monkeypatch):
    """A copy of that set, below an otherwise empty working folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(composed, tmp_path / "set"))


def test_the_verb_alone_names_its_actions(capsys):
    assert main(["datasets"]) == 0
    printed = capsys.readouterr().out
    assert all(action in printed for action in ("check", "show", "extract-audio", "create"))


def test_a_clean_set_ends_with_zero_and_a_table(folder, capsys):
    assert main(["datasets", "check", "set"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("set: composed set\n") and out.endswith("nothing wrong\n")
    assert "checking" not in out  # the bar goes to standard error


def test_anything_wrong_ends_with_one_and_its_path(folder, capsys):
    (folder / "ms/000/masks/2.png").unlink()
    assert main(["datasets", "check", "set"]) == 1
    assert "set/ms/000/masks/2.png: missing (mask)\n1 problem\n" in capsys.readouterr().out
    assert main(["datasets", "check", "set", "--json", "-j", "1"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem == {"path": "set/ms/000/masks/2.png", "kind": "missing", "text": "missing (mask)"}


def test_a_part_of_a_published_set_is_no_fault_and_is_reported_with_how_its_columns_were_found(miniature, capsys):
    root = miniature("s4")
    table = root / "Single-source/s4_meta_data.csv"
    table.write_text(table.read_text().replace("name,start", "vid,start"))
    assert main(["datasets", "check", str(root)]) == 0
    out = capsys.readouterr().out
    assert "columns taken by position: header 'vid, start, category, split' not known; name from column 1\n" in out
    assert (
        "\nfewer videos than published: s4 train 1 of 3,452, s4 val 1 of 740, s4 test 1 of 740\nnothing wrong\n" in out
    )


def test_a_sample_is_drawn_and_its_file_named(folder, capsys):
    assert main(["datasets", "show", "set", "--split", "val", "--index", "1"]) == 0
    assert capsys.readouterr().out == "set-val-1.png\n"
    assert main(["datasets", "show", "set", "--subset", "ms", "--out", "drawn.png"]) == 0
    with Image.open("drawn.png") as one, Image.open("set-val-1.png") as other:
        assert one.size == other.size and one.tobytes() != other.tobytes()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["show", "set", "--index", "2"], 2, "--index 2: the set of set has 2, from 0 to 1"),
        (["show", "set", "--split", "test"], 2, "nothing of 'test'; it has ms val"),
        (["show", "set", "--subset", "v1s"], 2, "no subset 'v1s'"),
        (["extract-audio", "set"], 2, "composed set keeps no wav"),
        (["check", "nowhere"], 4, "nowhere: no such folder"),
        (["chek", "set"], 2, "No such command 'chek'"),
    ],
)
def test_a_mistake_is_a_line_of_its_own_and_its_exit_code(folder, capsys, words, code, message):
    assert main(["datasets", *words]) == code
    printed = capsys.readouterr()
    *before, last = printed.err.splitlines()
    assert last.startswith("ravs: ") and message in last and printed.out == ""
    assert all(line.startswith("extracting") for line in before)  # the bar


def test_extraction_ends_with_one_if_a_video_has_no_audio(tmp_path, capsys, draw_clip):
    home = tmp_path / "v1m/clip_0_5000"
    (tmp_path / "metadata.csv").write_text("vid,uid,s_min,s_sec,a_obj,split,label\nx,clip_0_5000,0,0,dog,val,v1m\n")
    draw_clip(home / "raw.mp4", seconds=1.0)
    assert main(["datasets", "extract-audio", str(tmp_path), "--rate", "8000"]) == 0
    assert capsys.readouterr().out == "wav files: 1 made, 0 there already, 0 without sound\n"
    (home / "audio.wav").unlink()
    draw_clip(home / "raw.mp4", seconds=1.0, sounds=False)
    assert main(["datasets", "extract-audio", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"{home / 'raw.mp4'}: has no sound track\n")


def test_a_set_is_created_checked_and_made_of_what_is_there(tmp_path, monkeypatch, capsys, draw_clip):
    monkeypatch.chdir(tmp_path)
    draw_clip(tmp_path / "videos/a.mp4", seconds=1)
    draw_clip(tmp_path / "videos/trip/b.mp4", seconds=1)
    assert main(["datasets", "create", "frames", "videos"]) == 0
    assert capsys.readouterr().out == "frames: 2 frames to be labelled\n"
    for name in ("a", "trip_b"):  # as somebody paints them
        mask = Image.open(f"frames/{name}_0.png").convert("L").point(lambda gray: 255 * (gray > 60))
        (tmp_path / "masks").mkdir(exist_ok=True)
        mask.save(f"masks/{name}_0.png")
    line = ["datasets", "create", "mine", "videos", "--masks", "masks", "--class", "square", "--val", "0"]
    assert main(line) == 0
    assert capsys.readouterr().out == (
        "mine: videos (clips): train 2 (2)\n2 labelled seconds, 0 of them silent; classes: square\n"
    )
    assert main(["datasets", "check", "mine"]) == 0
    (tmp_path / "videos/c.mp4").write_bytes(b"no video")
    assert main(line) == 1
    assert "\nvideos/c.mp4: left out: cannot be " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere.mp4", "--masks", "."], 4, "no video matches nowhere.mp4 (searched "),
        (["clip.mp4", "--masks", "none"], 2, "--masks none: no such folder"),
        (["clip.mp4", "--from", "coco", "none.json"], 4, "none.json: no .json file lies there"),
        (["clip.mp4", "--from", "yolo", "x"], 2, "--from yolo: labels are read from labelstudio, cvat, coco"),
        (
            ["clip.mp4", "--masks", ".", "--split-file", "none.csv"],
            2,
            "none.csv: cannot be read as lines of NAME,SPLIT",
        ),
    ],
)
def test_a_mistake_in_creating_is_one_line_and_its_exit_code(tmp_path, monkeypatch, capsys, words, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(b"")
    assert main(["datasets", "create", "mine", *words]) == code
    printed = capsys.readouterr()
    assert printed.err.startswith("ravs: ") and message in printed.err and len(printed.err.splitlines()) == 1
    assert printed.out == "" and not (tmp_path / "mine").exists()
