"""The card of a saved model, and its way to the hub."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ravs.config import RavsConfig
from ravs.config.presets import SHIPPED_MODELS
from ravs.inference.processor import RavsProcessor
from ravs.modeling.ravs import RavsModel

FILES = ["README.md", "config.json", "model.safetensors"]


@pytest.fixture
def model():
    return RavsModel(RavsConfig.preset("ravs-debug"))


def test_the_cards_lines_on_transformers_load_the_model(model, tmp_path):
    model.save_pretrained(tmp_path)
    RavsProcessor(model.config).save_pretrained(tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "library_name: ravs" in card and "Classes: dog, car." in card
    first, second = re.findall(r"```python\n(.*?)```", card.replace("FOLDER", str(tmp_path)), re.DOTALL)
    known = {"frames": np.zeros((2, 32, 32, 3), np.uint8), "audio": np.zeros((2, 96_000), np.float32)}
    exec(second, known)
    assert type(known["model"]) is RavsModel and known["masks"][0].shape == (2, 720, 1280)
    assert "import ravs\n" in first


def test_a_card_that_is_there_stays(model, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    model.save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["ravs-film", "ravs-tiny"])
def test_cards_of_shipped_models_say_import_ravs_and_their_lines_run(name, draw_clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_clip(tmp_path / "clip.mp4", seconds=1)
    card = (SHIPPED_MODELS / name / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert lines.startswith("import ravs\n") and card.index("```python") < card.index("## Results")
    known = {"frames": np.zeros((1, 48, 64, 3), np.uint8), "audio": np.zeros((2, 48_000), np.float32)}
    exec(lines, known)
    assert known["masks"][0].shape == (1, 48, 64)


class Hub:
    """A hub that keeps what it is given, and has some files already."""

    has: tuple[str, ...] = ()
    uploads: list[tuple[str, list[str]]]

    def __init__(self, token=None):
        pass

    def create_repo(self, repo_id, private, exist_ok):
        return SimpleNamespace(repo_id=repo_id)

    def file_exists(self, repo_id, name, revision):
        return name in self.has

    def upload_folder(self, *, repo_id, folder_path, **_):
        self.uploads.append((repo_id, sorted(path.name for path in Path(folder_path).iterdir())))
        return "commit"


@pytest.mark.parametrize(("has", "missing"), [((), ()), (("README.md", "config.json"), ("README.md",))])
def test_a_model_is_pushed_with_a_card_unless_the_repository_has_one(model, has, missing, monkeypatch, tmp_path):
    monkeypatch.setattr(Hub, "has", has)
    monkeypatch.setattr(Hub, "uploads", [], raising=False)
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    assert model.push_to_hub("me/mine", private=True) == "commit"
    model.save_pretrained(tmp_path / "mine", push_to_hub=True, commit_message="again")
    files = [name for name in FILES if name not in missing]
    assert Hub.uploads == [("me/mine", files), ("mine", files)]
