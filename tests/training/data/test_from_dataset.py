"""Training on the data sets of the field: training and validation clips, and complete runs on miniatures."""

import json
from dataclasses import replace

import numpy as np
import pytest

import ravs
from ravs.config.labels import AVSS_CLASSES
from ravs.config.recipe import DatasetRecipe, OptimizerRecipe, Recipe
from ravs.data.datasets.base import BINARY_CLASSES
from ravs.data.datasets.constants import VPO_VALUES
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError, RavsError
from ravs.evaluation.job import EvaluationRequest, evaluate
from ravs.evaluation.settings import EvaluationSettings
from ravs.training import train
from ravs.training.data.clip_windows import DatasetClips
from ravs.training.data.from_dataset import augmentation_of, with_dataset_classes
from ravs.training.data.splits import hold_out, open_splits
from ravs.training.data.unreadable_clips import ReadableClips, read_unreadable

FORMATS = {"s4": "s4", "ms3": "ms3", "avss": "avss", "vpo-ss": "vpo"}


SECONDS = {"s4": 5, "ms3": 5, "avss": 4, "vpo-ss": 1, "vpo-ms": 1}  # avss has clips of 5 and of 10: windows


def recipe(name="s4", *, model=None, **data):
    training = OptimizerRecipe(steps=2, batch_size=1, evaluate_every=2, warmup_steps=1, workers=0, seed=1)
    sizes = {"image_size": 32, "clip_seconds": SECONDS[name], **(model or {})}
    settings = DatasetRecipe(set=name, **({"held_out": 0.5} | data))
    return Recipe(preset="ravs-debug", model=sizes, data=settings, training=training)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", FORMATS)
def test_a_model_trained_on_a_set_opens_and_is_scored_on_that_set(tmp_path, miniature, name):
    root, lines = miniature(FORMATS[name], folder=tmp_path / "data"), []
    figures = train(recipe(name), data=root, out=tmp_path / "run", report=lines.append)
    assert {"eval_jf", "eval_j", "eval_f"} <= set(figures)
    assert ("eval_avsbench_jf" if name in ("s4", "ms3") else "eval_avss_jf") in figures
    assert any("has no val split" in line for line in lines) == (name == "vpo-ss")
    assert [path.name for path in (tmp_path / "run/strips").iterdir()] == ["step-000002.png"]
    data = find_dataset(root, None if name == "avss" else name)
    assert ravs.load(tmp_path / "run").classes[1:] == data.classes[1:]
    settings = EvaluationSettings(subset=None if name == "avss" else name, split="val", size=32, protocols="ddeseg")
    scored = evaluate(
        EvaluationRequest(model=str(tmp_path / "run"), data=root, settings=settings, out=tmp_path / "results")
    )
    if name != "vpo-ss":  # whose val is its test
        assert scored["protocols"]["ddeseg"]["jf"] == pytest.approx(figures["eval_jf"], abs=1e-6)


def test_s4_trains_on_one_labelled_second_and_validates_on_five(tmp_path, miniature):
    parts = open_splits(DatasetRecipe(set="s4"), miniature("s4"))
    (trained,), (validated,) = (DatasetClips(parts.data, entries) for entries in (parts.training, parts.validation))
    assert [bool((mask != 255).any()) for mask in trained.masks] == [True, False, False, False, False]
    assert all((mask != 255).all() for mask in validated.masks)


def test_the_test_split_is_in_neither_part(tmp_path, miniature):
    for name, written in FORMATS.items():
        parts = open_splits(DatasetRecipe(set=name, held_out=0.5), miniature(written, folder=tmp_path / name))
        assert {entry.split for entry in (*parts.training, *parts.validation)} == (
            {"train"} if name == "vpo-ss" else {"train", "val"}
        )


def test_a_set_without_val_holds_out_whole_images_by_its_seed_and_says_so(miniature):
    data = find_dataset(miniature("vpo"), "vpo-ss")
    many = [replace(entry, name=f"{entry.name}/{place}") for entry in data.select("train") for place in range(3)]
    images = [replace(entry, frames=(entry.frames[0].with_name(f"{n // 3}.jpg"),)) for n, entry in enumerate(many * 9)]
    training, held = hold_out(images, 0.25, seed=1)
    assert not {entry.frames for entry in training} & {entry.frames for entry in held}
    assert len({entry.frames for entry in held}) == round(0.25 * len({entry.frames for entry in images}))
    assert hold_out(images[::-1], 0.25, seed=1)[1][::-1] == held
    assert hold_out(images, 0.25, seed=2)[1] != held
    with pytest.raises(InputError, match=r"data\.held_out is 0 of .* some must validate"):
        hold_out(images, 0.0, seed=1)


@pytest.mark.parametrize(
    ("name", "written", "classes"),
    [("s4", "s4", BINARY_CLASSES), ("avss", "avss", AVSS_CLASSES), ("vpo-ms", "vpo", tuple(VPO_VALUES))],
)
def test_the_models_classes_are_the_sets(miniature, name, written, classes):
    found = find_dataset(miniature(written), None if name == "avss" else name).classes
    assert with_dataset_classes(recipe(name), found).model["classes"] == classes[1:]


def test_other_classes_are_an_error_that_says_which():
    with pytest.raises(InputError, match=r"model alone has cat; the set alone has sounding\. Leave"):
        with_dataset_classes(recipe(model={"classes": ["cat"]}), BINARY_CLASSES)
    with pytest.raises(InputError, match="they stand in another order"):
        with_dataset_classes(recipe(model={"classes": ["b", "a"]}), ("background", "a", "b"))


def test_a_folder_that_holds_another_set_is_refused(miniature):
    with pytest.raises(InputError, match="holds AVSBench-object, and the recipe wants AVSBench-semantic"):
        open_splits(DatasetRecipe(set="avss"), miniature("s4"))


def test_a_recipe_of_a_set_asks_for_its_folder_and_one_of_composed_clips_for_a_library(tmp_path):
    with pytest.raises(InputError, match="trains on ms3: give --data"):
        train(recipe("ms3"), library=tmp_path, out=tmp_path / "run")
    with pytest.raises(InputError, match="composed clips: give --library"):
        train(Recipe(preset="ravs-debug"), data=tmp_path, out=tmp_path / "run")


def test_training_clips_change_with_the_epoch_and_are_reproducible(miniature):
    parts = open_splits(DatasetRecipe(set="s4"), miniature("s4"))
    clips = DatasetClips(parts.data, parts.training, seed=3, augmentation=augmentation_of(DatasetRecipe(set="s4"), 16))
    first, again = clips[0], clips[0]
    clips.set_epoch(1)
    assert np.array_equal(first.frames, again.frames) and not np.array_equal(first.frames, clips[0].frames)
    clips.set_epoch(0)
    assert np.array_equal(first.masks, clips[0].masks)


@pytest.mark.parametrize(("split", "part"), [("train", "training"), ("val", "validation")])
def test_a_part_without_a_labelled_pixel_ends_the_run_before_it_begins(tmp_path, miniature, miniatures, split, part):
    root = miniature("avss")
    miniatures.fill_masks(root, split, 255)
    message = rf"{root}: no pixel of the 3 {part} clips of AVSBench-semantic \(split {split}\) is labelled.*Give masks"
    with pytest.raises(RavsError, match=message) as error:
        train(recipe("avss"), data=root, out=tmp_path / "run")
    assert error.value.exit_code == 1 and not (tmp_path / "run").exists()
    labelled = next(root.glob(f"v2/*{split}_0_5000/labels_semantic/9.png"))
    miniatures.save_mask(labelled, miniatures.quarters(255, 255, 0, 255, size=24), "L")
    open_splits(DatasetRecipe(set="avss"), root).check_labelled()


def test_masks_that_cannot_be_read_are_not_taken_for_masks_without_a_label(miniature):
    root = miniature("avss", subsets=("v1m",))
    for path in root.glob("*/*train_0_5000/labels_*/*.png"):
        path.write_bytes(b"")
    open_splits(DatasetRecipe(set="avss"), root).check_labelled()


def test_a_broken_file_is_named(miniature):
    root = miniature("ms3")
    parts = open_splits(DatasetRecipe(set="ms3"), root)
    broken = parts.training[0].frames[2]
    broken.write_bytes(b"no image")
    with pytest.raises(RavsError, match=broken.name):
        DatasetClips(parts.data, parts.training)[0]


def test_audio_that_is_not_finite_makes_a_clip_unreadable_and_its_file_is_named(tmp_path, miniature, miniatures):
    data = find_dataset(miniature("ms3"))
    wav = data.entries[0].sources[0].path
    miniatures.save_floats(wav, np.full(80000, np.nan))
    clips = ReadableClips(DatasetClips(data, data.entries), tmp_path / "unreadable.jsonl")
    assert clips[0].name == data.entries[1].name
    (record,) = read_unreadable(clips.path).values()
    assert record["clip"] == data.entries[0].name
    assert f"{wav.parent.name}/{wav.name}: the audio has a sample that is not finite" in record["error"]


def test_the_record_of_the_data_changes_with_them_and_not_with_their_place(tmp_path, miniature):
    here, there = (
        open_splits(DatasetRecipe(set="ms3"), miniature("ms3", folder=tmp_path / name / "ms3")) for name in "ab"
    )
    assert here.record() == there.record()
    assert here.record()["training"] == {"ms3": 1}
    with there.training[0].frames[0].open("ab") as file:
        file.write(b"more")
    assert here.record()["sha256"] != there.record()["sha256"]


def test_composed_sets_in_two_folders_are_one_to_train_on(tmp_path):
    for split, count in (("train", 2), ("val", 1)):
        for number in range(count):
            clip = tmp_path / split / "ms" / f"{number:03d}"
            clip.mkdir(parents=True)
            info = {"subset": "ms", "objects": [{"class": "bell", "sounding_seconds": [True], "index": 1}]}
            (clip / "meta.json").write_text(json.dumps(info))
        (tmp_path / split / "composed.json").write_text(json.dumps({"classes": ["bell"], "split": split}))
    parts = open_splits(DatasetRecipe(set="composed"), tmp_path)
    assert (len(parts.training), len(parts.validation), parts.data.classes) == (2, 1, ("background", "bell"))
