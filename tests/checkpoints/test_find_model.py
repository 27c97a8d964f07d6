import hashlib
import json

import pytest

from ravs.checkpoints.find_model import check_requested_classes, find_model
from ravs.config.presets import DEFAULT_MODEL, SHIPPED_MODELS
from ravs.errors import InputError, ModelNotFoundError


@pytest.fixture
def folder(tmp_path):
    model = tmp_path / "mine"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "ravs", "classes": ["dog", "car"]}))
    (model / "model.safetensors").write_bytes(b"weights")
    return model


def test_a_folder_has_a_name_classes_and_a_hash(folder):
    found = find_model(folder)
    assert found.name == "mine"
    assert found.classes == ("background", "dog", "car")
    assert found.sha256 == hashlib.sha256((folder / "config.json").read_bytes() + b"weights").hexdigest()


def test_other_weights_have_another_hash(folder):
    before = find_model(folder).sha256
    (folder / "model.safetensors").write_bytes(b"others")
    assert find_model(folder).sha256 != before


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_its_files_is_no_model(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ModelNotFoundError, match=r"is no model folder: it needs config\.json and model\.safetensors"):
        find_model(folder)


def test_a_folder_with_the_name_of_the_weight_file_is_no_model(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()
    with pytest.raises(ModelNotFoundError, match="is no model folder"):
        find_model(folder)


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_configuration_of_something_else_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelNotFoundError, match=r"config\.json"):
        find_model(folder)


def test_a_preset_without_weights_says_what_to_do():
    with pytest.raises(ModelNotFoundError, match="preset 'ravs-debug' comes without weights") as caught:
        find_model("ravs-debug")
    assert caught.value.exit_code == 3


def test_two_models_come_with_weights_and_one_of_them_is_the_default():
    assert {path.parent.name for path in SHIPPED_MODELS.glob("*/model.safetensors")} == {"ravs-film", "ravs-tiny"}
    assert (DEFAULT_MODEL, find_model("ravs-film").model_type) == ("ravs-film", "class-matching")


def test_a_misspelled_preset_is_answered_with_the_nearest():
    with pytest.raises(ModelNotFoundError, match=r"model 'ravs-tny' is neither a preset .* Did you mean 'ravs-tiny'"):
        find_model("ravs-tny")


@pytest.mark.parametrize("name", [3, None])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ModelNotFoundError, match=r"model is (3|None); it must be a preset's name"):
        find_model(name)


def test_a_hub_name_is_fetched_with_its_revision(folder, monkeypatch):
    asked = []

    def fetch(repository, *, revision, allow_patterns):
        asked.append((repository, revision, allow_patterns))
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    found = find_model("someone/theirs@v1")
    files = ["config.json", "processor_config.json", "*.safetensors", "*.safetensors.index.json"]
    assert asked == [("someone/theirs", "v1", files)]
    assert (found.name, found.revision, found.path) == ("someone/theirs", "v1", folder)


def test_a_hub_that_gives_nothing_is_a_model_not_found(monkeypatch):
    def fetch(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    with pytest.raises(ModelNotFoundError, match=r"'x/y' is neither .* no hub gave it \(ConnectionError\)"):
        find_model("x/y")


def test_an_unknown_class_is_answered_with_the_nearest_and_where_to_look():
    with pytest.raises(InputError, match=r"no class 'dogs' in m\. Did you mean 'dog'\? All: ravs classes -m m"):
        check_requested_classes(("dogs",), ("background", "dog", "car"), "m")


def test_background_cannot_be_requested():
    with pytest.raises(InputError, match="no class 'background'"):
        check_requested_classes(("background",), ("background", "dog"), "m")


def test_known_classes_and_none_at_all_pass():
    check_requested_classes(("dog",), ("background", "dog"), "m")
    check_requested_classes(None, ("background", "dog"), "m")
