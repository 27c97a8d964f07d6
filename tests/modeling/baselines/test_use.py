"""A model of another method in a folder is used as RAVS is: loaded, segmented with, evaluated, drawn, timed."""

import json

import numpy as np
import pytest
import torch

from ravs.checkpoints.model_summary import inspect_model
from ravs.cli.main import main
from ravs.config.methods import OWN_METHODS
from ravs.errors import InputError, ModelNotFoundError
from ravs.evaluation.job import EvaluationRequest, evaluate
from ravs.evaluation.settings import EvaluationSettings
from ravs.evaluation.speed.forward_parts import measure_parts
from ravs.evaluation.speed.meter import Meter
from ravs.evaluation.speed.speed_inputs import build_model_and_inputs
from ravs.evaluation.speed.speed_settings import SpeedSettings, parse_change
from ravs.inference.processor import RavsProcessor
from ravs.inference.segmenter import load
from ravs.modeling.registry import METHODS
from ravs.visualization import visualize

OTHERS = [method for method in METHODS if method != "ravs"]
of_each = pytest.mark.parametrize("method", OTHERS)
of_each_baseline = pytest.mark.parametrize("method", [method for method in OTHERS if method not in OWN_METHODS])


@pytest.fixture
def folder(debug, tmp_path):
    """folder(method, classes): a saved debug model with its processor."""

    def save(method, classes=("dog", "car")):
        model = debug(method, classes=classes)
        model.save_pretrained(tmp_path / method)
        RavsProcessor(model.config).save_pretrained(tmp_path / method)
        return tmp_path / method

    return save


@of_each
def test_a_video_is_segmented_and_the_masks_are_the_models_own(folder, method, tmp_path, draw_clip):
    video = draw_clip(tmp_path / "a.mp4", seconds=2.0)
    segmenter = load(folder(method))
    prediction = segmenter.segment(video, threshold=0.3)
    assert (len(prediction.frames), prediction.classes) == (2, ("background", "dog", "car"))
    (clip,) = segmenter.clips(video, segmenter.settings())
    inputs = segmenter.processor(images=clip.frames, audio=clip.waveform, sampling_rate=clip.sample_rate_hz)
    with torch.inference_mode():
        outputs = segmenter.model(**inputs)
    labels = segmenter.processor.post_process_semantic_segmentation(outputs, [(32, 48)], threshold=0.3)[0].numpy()
    for frame, expected in zip(prediction.frames, labels, strict=True):
        assert np.mean(frame.labels == expected) > 0.98  # interpolated in another order


@of_each
def test_a_set_is_evaluated(folder, method, miniature, tmp_path):
    order = EvaluationRequest(
        model=str(folder(method, ("thing",))),
        data=miniature("s4", folder=tmp_path / "data"),
        settings=EvaluationSettings(size=32),
        out=tmp_path / "out",
        device="cpu",
    )
    result = evaluate(order)
    assert (result["videos"], result["frames"]) == (1, 5)
    assert 0 <= result["protocols"]["dataset"]["j"] <= 1


@of_each_baseline
def test_marked_frames_are_drawn_and_what_cannot_be_drawn_is_reported(folder, method, tmp_path, draw_clip):
    drawn = visualize(str(folder(method)), draw_clip(tmp_path / "a.mp4"), tmp_path / "figures")
    assert [path.name for path in drawn.files] == ["marked.png"] and drawn.files[0].is_file()
    assert drawn.remarks[0] == f"no groups, no response and no uncertainty: {method} is of the method {method}"


def test_class_matching_has_a_drawn_uncertainty_and_no_groups(folder, tmp_path, draw_clip):
    drawn = visualize(str(folder("class-matching")), draw_clip(tmp_path / "a.mp4"), tmp_path / "figures")
    assert [path.name for path in drawn.files] == ["uncertainty.png"] and drawn.files[0].is_file()
    assert drawn.remarks[0] == "no groups and no response: class-matching is of the method class-matching"


@of_each
def test_its_parts_are_counted(folder, method):
    found = inspect_model(str(folder(method)))
    assert found["modules"][0]["module"] == "visual_encoder" and found["parameters"] > 1e6


@of_each_baseline
def test_the_parts_of_its_published_size_are_counted(method):
    assert inspect_model(f"{method}-pvt-v2-b5-vggish")["audio_encoder"] == "vggish"


@of_each
def test_a_model_folder_is_used_from_the_command_line(folder, method, tmp_path, draw_clip, capsys):
    video = draw_clip(tmp_path / "a.mp4", seconds=1.0)
    assert main(["segment", str(video), "-m", str(folder(method)), "--out", str(tmp_path / "masks"), "--quiet"]) == 0
    assert list((tmp_path / "masks").rglob("*"))


def test_a_folder_of_an_unknown_method_lists_the_known_ones(folder):
    path = folder("tpavi")
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"model_type": "sam"}))
    with pytest.raises(ModelNotFoundError, match="model_type is 'sam'; the methods here are ravs"):
        load(path)


@of_each
def test_the_parts_of_a_forward_are_timed_by_name(method):
    settings = SpeedSettings(f"{method}-debug", seconds=2, size=64, runs=1, threads=torch.get_num_threads())
    found = measure_parts(*build_model_and_inputs(settings, settings.preset), 1, Meter(torch.device("cpu")))
    assert list(found)[:2] == ["visual encoder", "audio encoder"] and len(found) > 4
    assert all(cost.least_s > 0 for cost in found.values())


def test_a_speed_report_names_the_form_of_attention_that_it_times(capsys, monkeypatch):
    for slow, result in (("peak_mb_in_subprocess", 1.0), ("measure_video_parts", {})):
        monkeypatch.setattr(f"ravs.evaluation.speed.speed_run.{slow}", lambda *_, result=result: result)
    words = ["benchmark", "tpavi-debug", "--seconds", "2", "--size", "64", "--runs", "1"]
    threads = ["--threads", str(torch.get_num_threads())]
    for form, change in (("exact", []), ("published", ["--set", "attention_form=published"])):
        assert main([*words, *threads, *change]) == 0
        first, *_, last = capsys.readouterr().out.splitlines()
        assert first.startswith(f"tpavi-debug (attention_form {form}), 2 frames")
        assert json.loads(last)["choices"] == {"attention_form": form}


def test_changes_of_a_speed_run_are_read_as_numbers_lists_or_words():
    assert parse_change("num_groups=[9, 6, 4]") == ("num_groups", [9, 6, 4])
    assert parse_change("attention_form=published") == ("attention_form", "published")
    assert parse_change("time_encoding=false") == ("time_encoding", False)
    with pytest.raises(InputError, match="--set published: write KEY=VALUE"):
        parse_change("published")
