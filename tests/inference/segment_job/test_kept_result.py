"""A result folder that is opened again: its prediction, its settings, and the video it was made from."""

import json
import shutil
from pathlib import Path

import pytest

import ravs
from ravs.cli.main import main
from ravs.config.inference import InferenceSettings
from ravs.errors import InputError
from ravs.structures.json_document import document_json

settings = InferenceSettings.from_choices


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


def test_a_source_is_shown_without_detours_through_the_result_folder(work, said, no_model, capsys):
    work("a.mp4", formats=("json",))
    assert main(["render", "ravs-out/a", "-f", "timeline"]) == 0
    assert capsys.readouterr().out.startswith("a.mp4  48×32")


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
