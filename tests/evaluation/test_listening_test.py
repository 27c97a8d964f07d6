"""The listening test."""

import numpy as np
import pytest
from PIL import Image

from ravs.evaluation.audio_conditions import AUDIO_CONDITIONS
from ravs.evaluation.frame_predictor import FramePredictor
from ravs.evaluation.job import EvaluationJob
from ravs.evaluation.listening_test import (
    draw_listening_chart,
    inapplicable_conditions,
    listening_test_as_text,
    run_listening_test,
)


@pytest.fixture
def composed(make_request, library_root, library):
    """An evaluation of composed clips."""

    def make(kind, **more):
        return make_request(library_root, kind, library.classes, clips=2, seeds=(2,), **more)

    return make


def test_a_model_without_audio_that_marks_everything_is_caught(composed, tmp_path):
    result = run_listening_test(composed("everything"))
    assert list(result["sounds"]) == list(AUDIO_CONDITIONS)
    for row in result["sounds"].values():
        assert row["false_positive_rate"] == 1  # every silent pixel, or all of them, are marked
        assert row["j"] == result["sounds"]["own"]["j"] > 0
    text = listening_test_as_text(result)
    assert "does everything listen?" in text and "silence" in text
    draw_listening_chart(result, tmp_path / "listen.png")
    with Image.open(tmp_path / "listen.png") as image:
        assert image.size == (1000, 400)


class Listener(FramePredictor):
    """Marks the truth wherever anything is heard."""

    def frames(self, clip):
        rate = clip.sample_rate_hz
        for second, truth in enumerate(clip.masks):
            loud = bool(clip.waveform[:, second * rate : (second + 1) * rate].any())
            size = (len(self.class_indices), *truth.shape)
            maps = np.zeros(size, np.float32)
            np.put_along_axis(maps, truth[None].astype(np.intp) * loud, 1, axis=0)
            yield self.score((maps, np.zeros(truth.shape, np.float32)), truth, second, None)


def test_a_model_that_marks_the_truth_wherever_there_is_audio_is_recognized(composed, monkeypatch):
    monkeypatch.setattr("ravs.evaluation.job.FramePredictor", Listener)
    rows = run_listening_test(composed("nothing"))["sounds"]
    assert rows["own"]["j"] == 1 and rows["own"]["false_positive_rate"] == 0
    assert rows["silence"]["j"] == 0 and rows["silence"]["false_positive_rate"] == 0
    assert rows["noise"]["j"] == 1 and rows["noise"]["false_positive_rate"] > 0
    assert rows["late"]["j"] < 1


def test_each_condition_is_what_the_model_hears(composed, monkeypatch):
    heard = {}

    class Recorder(Listener):
        def frames(self, clip):
            heard.setdefault(clip.name, []).append(clip.waveform)
            yield from super().frames(clip)

    monkeypatch.setattr("ravs.evaluation.job.FramePredictor", Recorder)
    run_listening_test(composed("nothing"))
    sounds = list(AUDIO_CONDITIONS)
    own = {name: waves[sounds.index("own")] for name, waves in heard.items()}
    names = sorted(heard)
    for place, name in enumerate(names):
        np.testing.assert_array_equal(heard[name][sounds.index("swapped")], own[name][::-1])
        assert not heard[name][sounds.index("silence")].any()
        following = names[(place + 1) % len(names)]
        np.testing.assert_array_equal(heard[name][sounds.index("other")], own[following])


def test_off_screen_audio_is_of_classes_that_are_not_in_view(composed):
    run = EvaluationJob.open(composed("nothing")).run
    for entry in run.entries:
        in_view = set(run.data.read(entry).in_view)
        borrowed = run.other_clip(entry, "off-screen")
        sounding = {run.data.classes[index] for index in np.unique(borrowed.masks) if index}
        assert sounding and not sounding & in_view


def test_conditions_that_a_set_does_not_allow_are_left_out_and_the_report_says_why(make_request, miniature, tmp_path):
    for name, left_out in (
        ("s4", {"swapped": "the set is in mono", "other": "single", "off-screen": "not every video has another"}),
        ("vpo", {"other": "single", "late": "one second", "off-screen": "not every video has another"}),
        ("ms3", {"other": "there is a single video", "off-screen": "does not say which classes sound"}),
    ):
        subset = "VPO-MSMI" if name == "vpo" else None
        data = miniature(name, folder=tmp_path / name)
        result = run_listening_test(make_request(data, "everything", out=f"out-{name}", subset=subset, binary=True))
        assert set(result["left_out"]) == set(left_out)
        assert not set(result["sounds"]) & set(left_out)
        text = listening_test_as_text(result)
        for sound, why in left_out.items():
            assert f"{sound:<12}not measured: " in text and why in text


def test_a_clip_longer_than_the_models_is_cut_into_windows_with_their_own_audio(make_request, miniature, monkeypatch):
    from ravs.evaluation import frame_predictor as predict

    seen = []
    plain = predict.predict_probabilities

    def infer(model, processor, clip):
        seen.append((len(clip), clip.waveform.shape[1] / clip.sample_rate_hz))
        return plain(model, processor, clip)

    monkeypatch.setattr(predict, "predict_probabilities", infer)
    job = EvaluationJob.open(make_request(miniature("avss"), binary=True, subset="v2"))
    job.run.count_videos({"own": job.records("own")})
    assert job.run.predictor.processor.config.clip_seconds == 2
    assert seen == [(2, 2.0)] * 5


def test_a_set_of_which_only_a_part_names_its_classes_has_no_off_screen_audio(make_request, miniature, tmp_path):
    for name in ("s4", "ms3"):
        miniature(name, folder=tmp_path / "both")
    assert "off-screen" in inapplicable_conditions(EvaluationJob.open(make_request(tmp_path / "both")))
