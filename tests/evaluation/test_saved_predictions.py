"""Predictions that an evaluation saves: ravs score computes the same metrics from them."""

import json

import numpy as np
import pytest
from PIL import Image

from ravs.data.datasets.constants import VPO_VALUES
from ravs.errors import InputError
from ravs.evaluation.job import EvaluationJob, evaluate
from ravs.evaluation.scoring.folders import ScoreSettings, score_folders

BINARY = ("dataset", "avsbench", "cavp", "ddeseg")
SEMANTIC = ("dataset", "avss", "avss_padded", "cavp", "ddeseg")
THREE = ("accordion", "dog", "woman")
DOUBTS = ("ece", "aurc", "ece_uncertainty", "aurc_uncertainty", "f_max")  # which masks do not determine


def saved(make_request, data, tmp_path, form, **more):
    """The metrics of an evaluation, and those of its saved predictions by ravs score."""
    asked = make_request(data, size=None, predictions=tmp_path / "pred", predictions_format=form, **more)
    result = evaluate(asked)
    classes = result["setting"]["classes"]
    settings = ScoreSettings(num_classes=len(classes), scale="probabilities")
    scored = score_folders(tmp_path / "pred", data, settings, frames=tmp_path / "pred/predictions.txt")
    assert (scored["frames"], scored["videos"]) == (result["frames"], result["videos"])
    return result["protocols"], scored["protocols"]


def same(found, scored, names, without=()):
    for name in names:
        known = {key: value for key, value in found[name].items() if key not in without}
        assert {key: scored[name][key] for key in known} == known, name


@pytest.fixture
def three(miniatures, tmp_path):
    """AVSBench-semantic with three classes, so that no model of random weights leaves out one."""
    root = miniatures.write_avss(tmp_path / "three", subsets=("v1m", "v2"))
    (root / "label2idx.json").write_text(
        json.dumps({name: i for i, name in enumerate(("background", *THREE), start=1)})
    )
    for path in root.glob("v*/*/labels_semantic/*.png"):
        miniatures.save_mask(path, miniatures.quarters(0, 3, 2, 1, size=24), "L")
    return root


@pytest.mark.parametrize("name", ["s4", "ms3"])
def test_masks_of_a_binary_set_score_as_the_evaluation_does(make_request, miniature, tmp_path, name):
    data = miniature(name, folder=tmp_path / "data")
    found, scored = saved(make_request, data, tmp_path, "png", split="train" if name == "s4" else "test")
    same(found, scored, BINARY[:1] + BINARY[2:], DOUBTS)
    assert scored["avsbench"]["j"] == found["avsbench"]["j"]  # F is the best of 255 thresholds, and masks have one
    files = sorted(path.relative_to(tmp_path / "pred").as_posix() for path in (tmp_path / "pred").rglob("*.png"))
    assert (
        files
        == {
            "s4": ["Single-source/s4_data/gt_masks/train/dog_barking/train-dog_1000/train-dog_1000_1.png"],
            "ms3": [f"Multi-sources/ms3_data/gt_masks/test/test_ms/test_ms_{n}.png" for n in range(1, 6)],
        }[name]
    )
    with Image.open(tmp_path / "pred" / files[0]) as image:  # AVSBench reads mode 1, COMBO divides by 255
        assert image.mode == "L" and image.size == (16, 16) and set(np.unique(image)) <= {0, 255}


def test_scores_of_a_binary_set_give_its_f_over_thresholds_too(make_request, miniature, tmp_path):
    found, scored = saved(make_request, miniature("s4", folder=tmp_path / "data"), tmp_path, "npy")
    same(found, scored, BINARY, DOUBTS[:4])


@pytest.mark.parametrize(
    ("form", "names"),
    [("png", SEMANTIC[:1]), ("argmax", SEMANTIC[1:]), ("npy", SEMANTIC)],
    ids=["png", "argmax", "npy"],
)
def test_predictions_of_classes_score_as_the_evaluation_does(make_request, three, tmp_path, form, names):
    found, scored = saved(make_request, three, tmp_path, form, classes=THREE)
    same(found, scored, names, DOUBTS[2:4] if form == "npy" else DOUBTS)
    assert found["dataset"]["j"] != found["ddeseg"]["j"]
    suffix = "npy" if form == "npy" else "png"
    assert (tmp_path / f"pred/v2/v2test_0_5000/labels_semantic/9.{suffix}").is_file()


def test_vpo_has_the_categories_of_its_masks_and_a_mask_of_two_recordings_two_predictions(
    make_request, miniature, tmp_path
):
    data = miniature("vpo", folder=tmp_path / "data")
    table = data / "VPO/VPO-SS/vpo_ss_data_stereo.csv"
    table.write_text(table.read_text() + "8,81,dog,18,car_000001,0.5,val\n")
    classes = tuple(VPO_VALUES)[1:]
    asked = make_request(data, classes=classes, predictions=tmp_path / "pred", size=None)
    result = evaluate(asked)
    values = {int(v) for path in (tmp_path / "pred").rglob("*.png") for v in np.unique(np.asarray(Image.open(path)))}
    assert len(values) > 2 and values <= set(VPO_VALUES.values())
    ss = sorted(path.name for path in (tmp_path / "pred/VPO/VPO-SS/mask/dog").iterdir())
    assert ss == ["000000000008_000000000081.png", "000000000008_000000000081_2.png"]
    listed = (tmp_path / "pred/predictions.txt").read_text().splitlines()
    assert len(listed) == result["frames"] - 1 and not any(line.endswith("_2") for line in listed)


def test_images_that_two_parts_of_vpo_share_are_scored_twice_as_they_are_evaluated(make_request, miniature, tmp_path):
    data = miniature("vpo", folder=tmp_path / "data")
    asked = make_request(data, classes=tuple(VPO_VALUES)[1:], split="train", predictions=tmp_path / "pred", size=None)
    found = evaluate(asked)["protocols"]
    settings = ScoreSettings(num_classes=95, protocols="dataset")  # values of categories: over those that occur
    scored = score_folders(tmp_path / "pred", data, settings, frames=tmp_path / "pred/predictions.txt")
    assert scored["frames"] == 4
    for key in ("j", "f", "jf"):
        assert scored["protocols"]["dataset"][key] == found["dataset"][key]


def test_what_is_missing_is_predicted_again_and_nothing_else(make_request, miniature, tmp_path, monkeypatch):
    data = miniature("avss", folder=tmp_path / "data", subsets=("v1s", "v1m"))
    plain, asked = make_request(data, binary=True), make_request(data, binary=True, predictions=tmp_path / "pred")
    first = evaluate(plain)  # counts unpaired
    counted = []
    frames = EvaluationJob.open(asked).run.predictor.__class__.frames
    monkeypatch.setattr(
        "ravs.evaluation.frame_predictor.FramePredictor.frames",
        lambda self, clip: counted.append(clip.name) or frames(self, clip),
    )
    assert evaluate(asked)["protocols"] == first["protocols"] and len(counted) == 2
    before = {path: path.read_bytes() for path in (tmp_path / "pred").rglob("*.png")}
    assert len(before) == first["frames"] == 10
    counted.clear()
    evaluate(asked)
    assert counted == []
    next(path for path in before if "v1mtest" in str(path)).unlink()
    evaluate(asked)
    assert counted == ["v1m/v1mtest_0_5000"]
    assert {path: path.read_bytes() for path in (tmp_path / "pred").rglob("*.png")} == before


def test_a_folder_holds_the_predictions_of_one_evaluation_alone(make_request, miniature, tmp_path):
    data = miniature("ms3", folder=tmp_path / "data")
    evaluate(make_request(data, predictions=tmp_path / "pred"))
    for out, more in (("b", {"kind": "everything"}), ("c", {"predictions_format": "npy"})):
        with pytest.raises(
            InputError, match=r"pred holds another evaluation \(.*\): name another folder, or remove it"
        ):
            evaluate(make_request(data, predictions=tmp_path / "pred", out=out, **more))


def test_a_library_and_a_part_whose_masks_lie_beside_it_have_no_place_for_predictions(
    make_request, miniature, library_root, library, tmp_path
):
    with pytest.raises(InputError, match="has no masks on disk by which predictions could be named"):
        evaluate(make_request(library_root, classes=library.classes, predictions=tmp_path / "pred"))
    data = miniature("vpo", folder=tmp_path / "data")
    with pytest.raises(InputError, match=r"VPO-MSMI: has masks in .*VPO-MS/mask: give the folder that holds both"):
        evaluate(make_request(data / "VPO/VPO-MSMI", split="train", binary=True, predictions=tmp_path / "pred"))


def test_no_file_of_somebody_else_is_overwritten_by_predictions_least_of_all_the_truth(
    make_request, miniature, tmp_path
):
    data = miniature("ms3", folder=tmp_path / "data")
    mine = tmp_path / "mine/Multi-sources/ms3_data/gt_masks/test/test_ms/test_ms_1.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"drawn by hand")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for folder, form, why in (
        (data, "png", r"test_ms_1\.png already"),
        (data, "npy", "is the set itself"),
        (tmp_path / "mine", "argmax", r"test_ms_1\.png already"),
    ):
        with pytest.raises(InputError, match=f"{folder}.*{why}.*name a new folder"):
            evaluate(make_request(data, predictions=folder, predictions_format=form))
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not any((folder / "setting.json").exists() for folder in (data, tmp_path / "mine"))
