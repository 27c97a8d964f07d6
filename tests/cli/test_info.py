import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ravs.media import write_wav


@pytest.fixture
def plain(ravs):
    """The command without the option for a model."""
    return lambda *words: ravs(*words, model=None)


def test_classes_are_listed_with_their_index(plain):
    assert plain("classes", "-m", "ravs-debug").out.split() == ["0", "background", "1", "dog", "2", "car"]


def test_classes_as_json(plain, model_folder):
    run = plain("classes", "-m", model_folder, "--json")
    assert json.loads(run.out)[1] == {"id": 1, "name": "dog"}


@pytest.mark.parametrize("verb", ["segment", "classes", "benchmark"])
def test_without_a_model_the_shipped_one_for_film_is_taken(plain, verb):
    assert "ravs-film]" in " ".join(plain(verb, "--help").out.replace("│", " ").split())


def test_classes_of_no_model_end_with_three(plain):
    run = plain("classes", "-m", "nowhere")
    assert (run.code, run.out) == (3, "")


def test_a_preset_is_a_table_of_modules_whose_sum_is_the_model(plain):
    from ravs.config import RavsConfig
    from ravs.modeling.ravs import RavsModel

    facts = json.loads(plain("info", "ravs-debug", "--json").out)
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    assert facts["parameters"] == sum(p.numel() for p in model.parameters())
    assert {row["module"]: row["parameters"] for row in facts["modules"]} == {
        name: sum(p.numel() for p in module.parameters()) for name, module in model.named_children()
    }
    text = plain("info", "ravs-debug").out
    assert all(word in text for word in ("module", "parameters", "trainable", "total", "visual_encoder"))
    assert f"{facts['parameters']:,}" in text


def test_a_folder_is_shown_with_the_hash_of_its_weights(plain, model_folder):
    from ravs.checkpoints.find_model import find_model

    assert json.loads(plain("info", model_folder, "--json").out)["sha256"] == find_model(model_folder).sha256


def test_a_folder_whose_configuration_is_cut_off_is_one_line_and_ends_with_three(plain, model_folder, tmp_path):
    folder = shutil.copytree(model_folder, tmp_path / "cut")
    (folder / "config.json").write_text("{")
    run = plain("info", str(folder))
    assert run.code == 3 and len(run.err.splitlines()) == 1 and "config.json is not JSON" in run.err


def test_frozen_encoders_are_not_trainable(plain):
    facts = json.loads(plain("info", "ravs-mit-b5-vggish", "--json").out)
    audio = next(row for row in facts["modules"] if row["module"] == "audio_encoder")
    assert audio["parameters"] > 0
    assert audio["trainable"] == 0


def test_a_media_file_is_shown_as_decoding_will_see_it(plain, place):
    place("a.mp4", "a.mp4")
    facts = json.loads(plain("info", "a.mp4", "--json").out)
    assert facts["video"] | {"time_base": None} == {
        "codec": "h264", "width": 48, "height": 32, "coded_width": 48, "coded_height": 32, "rotation": 0,
        "fps": "10", "time_base": None, "start": 0.0, "duration": 2.5, "still": False,
    }  # fmt: skip
    assert (facts["sound"]["rate"], facts["sound"]["channels"], facts["sound"]["codec"]) == (32000, 2, "aac")
    assert "h264" in plain("info", "a.mp4").out


def test_a_file_of_sound_alone_shows_its_sound(plain, place):
    write_wav(Path("a.wav"), np.zeros((1, 16000), np.float32), 16000)
    facts = json.loads(plain("info", "a.wav", "--json").out)
    assert facts["video"] is None
    assert (facts["sound"]["rate"], facts["sound"]["channels"], facts["sound"]["duration"]) == (16000, 1, 1.0)


def test_a_media_file_that_is_not_there_is_no_model(plain, place):
    run = plain("info", "clips/a.mp4")
    assert (run.code, run.err.count("\n")) == (4, 1)
    assert "no file 'clips/a.mp4'" in run.err


def test_a_media_file_without_sound_says_so(plain, place):
    place("trackless.mp4", "b.mp4")
    assert json.loads(plain("info", "b.mp4", "--json").out)["sound"] is None


def test_a_file_that_is_no_media_is_one_line_and_ends_with_one(plain, place, tmp_path):
    (tmp_path / "x.mp4").write_text("no video")
    run = plain("info", "x.mp4")
    assert (run.code, len(run.err.splitlines())) == (1, 1)
