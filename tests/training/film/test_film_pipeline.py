"""The training on film-like frames as one: what it writes, what it repeats, and on what it depends."""

import csv
import shutil
from copy import deepcopy

import pytest
import torch

from ravs.errors import InputError
from ravs.files import content_hash
from ravs.inference.segmenter import load
from ravs.modeling.checkpoint_file import read_checkpoint
from ravs.modeling.encoders.audio.audioset_labels import NUM_LABELS
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.weights import load_strict
from ravs.training.film import film_pipeline
from ravs.training.film.film_run import FilmRun
from ravs.training.film.film_training_settings import FilmTrainingSettings


def files_of(folder):
    return {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}


def hashes(folder):
    return {name: content_hash(path) for name, path in files_of(folder).items()}


@pytest.fixture
def copy(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copy")


def test_the_model_is_loaded_and_segments_a_clip(trained, draw_clip, tmp_path):
    segmenter = load(trained / "model", device="cpu")
    assert len(list(segmenter.segment(draw_clip(tmp_path / "clip.mp4")))) == 3
    assert segmenter.model.config.classes == ("bell", "horn", "drum", "whistle")


def test_each_part_of_the_model_is_the_trained_one_with_hearing_divided_and_the_rest_is_as_before(trained):
    settings = FilmTrainingSettings()
    model = ClassMatchingModel.from_pretrained(trained / "model")
    heard = load_strict_classifier(model, trained / "sound-classifier.safetensors")
    vectors = torch.randn(5, len(heard.mean) + NUM_LABELS)
    expected = heard(vectors) / settings.divisor
    torch.testing.assert_close(model.sound_classifier(vectors), expected, rtol=0.02, atol=0.02)  # float16 in the file
    state = model.state_dict()
    start = ClassMatchingModel.from_pretrained(trained / "start").state_dict()
    parts = {"sight_net": "sight-all", "sound_classifier": "sound-classifier", "mask_head": "mask-head"}
    for part, name in parts.items():
        tensors = read_checkpoint(trained / f"{name}.safetensors")
        assert any(not torch.equal(start[f"{part}.{key}"], tensor) for key, tensor in tensors.items())
        for key, tensor in tensors.items():
            found, changed = state.pop(f"{part}.{key}"), f"{part}.{key}"
            if changed == "mask_head.classify.bias":
                tensor = tensor + settings.mask_shift
            if not changed.startswith(("sound_classifier.classify.", "sound_classifier.label_weight")):
                torch.testing.assert_close(found, tensor.half().float().to(tensor.dtype))
    for key, tensor in state.items():
        torch.testing.assert_close(tensor, start[key].half().float().to(tensor.dtype))


def test_classes_that_were_not_trained_are_added_where_the_settings_name_them(
    copy, library_root, photos_root, small_settings
):
    settings = small_settings(table_classes=["bell", "saw"])
    shutil.rmtree(copy / "model")
    film_pipeline.write_model(FilmRun(copy, library_root, photos_root, None, settings, 1, lambda line: None))
    model = ClassMatchingModel.from_pretrained(copy / "model")
    assert model.config.classes == ("bell", "horn", "drum", "whistle", "saw")


def test_a_class_that_no_table_knows_is_an_error_before_anything_is_drawn(train, tmp_path):
    with pytest.raises(InputError, match="'unicorn' has no class of ImageNet"):
        train(tmp_path / "run", table_classes=["unicorn"])
    assert not list(tmp_path.iterdir())


def load_strict_classifier(model, path):
    classifier = deepcopy(model.sound_classifier)
    load_strict(classifier, read_checkpoint(path), str(path))
    return classifier


def test_a_second_run_repeats_nothing(train, copy):
    before = {name: path.stat().st_mtime_ns for name, path in files_of(copy).items()}
    lines = []
    train(copy, lines)
    assert {name: path.stat().st_mtime_ns for name, path in files_of(copy).items()} == before
    assert not [line for line in lines if ":" in line]  # no block, no step


def test_what_is_lost_is_made_again_alone_and_to_the_last_bit(train, copy):
    expected = hashes(copy)
    lost = ["frames/fold-1/000003.safetensors", "seconds/mixed/000010.safetensors", "views/fold-0/000000.safetensors"]
    for name in (*lost, "sight-all.safetensors", "mask-head.safetensors", "sound-logits.safetensors"):
        (copy / name).unlink()
    shutil.rmtree(copy / "model")
    lines = []
    train(copy, lines)
    assert hashes(copy) == expected
    done = [line for line in lines if ":" in line]
    assert [line for line in done if "block" in line] == [
        "frames of fold-1: 1 of 1 blocks",
        "mixed seconds: 1 of 1 blocks",
    ]
    assert {line.partition(":")[0] for line in done if "step" in line} == {"sight-all", "mask-head"}


def test_a_run_that_is_stopped_resumes_to_the_same_bytes(train, trained, tmp_path, monkeypatch):
    def fail(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(film_pipeline, "write_views", fail)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "run")
    train(tmp_path / "run")
    assert hashes(tmp_path / "run") == hashes(trained)


def test_another_seed_gives_another_model(train, trained, tmp_path):
    train(tmp_path / "run", seed=1)
    ours, theirs = hashes(tmp_path / "run"), hashes(trained)
    assert all(ours[name] != value for name, value in theirs.items() if name in ours and name.suffix == ".safetensors")


def test_other_settings_in_the_same_folder_are_an_error_that_names_them(train, copy):
    with pytest.raises(InputError, match=r"settings\.json is of a run with another mask_steps: give the same"):
        train(copy, mask_steps=4)


def test_a_preset_of_another_method_is_an_error(train, tmp_path):
    with pytest.raises(InputError, match=r"preset ravs-debug is ravs on panorama-cnn; .* give class-matching-tiny"):
        train(tmp_path / "run", preset="ravs-debug")
    assert not (tmp_path / "run").exists()  # so that the corrected command may have the folder


@pytest.mark.parametrize("missing", ["manifest.csv", "instances.json"])
def test_a_folder_without_library_or_photographs_is_an_error(library_root, photos_root, tmp_path, missing):
    empty = tmp_path / "empty"
    library, photos = (empty, photos_root) if missing == "manifest.csv" else (library_root, empty)
    with pytest.raises(InputError, match=rf"{missing}: no such file; give the folder of `ravs library`"):
        film_pipeline.train_film_model(tmp_path / "run", library, photos, FilmTrainingSettings())
    assert not (tmp_path / "run").exists()


def test_every_part_and_photograph_is_listed_with_its_license(trained, library):
    rows = csv.DictReader((trained / "model" / "training_parts.csv").read_text().splitlines())
    listed = {row["path"]: row for row in rows}
    assert {part.path for parts in library.sounds.values() for part in parts} <= set(listed)
    assert listed["sounds/bell/train1.wav"]["licence"] == "GPL-2+"
    assert listed["images/0.png"]["licence"] == "CC BY 2.0"
    assert listed["images/0.png"]["address"] == "http://flickr.example/0"
    assert not [path for path in listed if "val" in path or path == "images/2.png"]  # of the other split
