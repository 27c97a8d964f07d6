"""The task "audio-visual-segmentation" of transformers' pipelines."""

import numpy as np
import pytest
import torch
from transformers import pipeline

from ravs import RavsModel, RavsProcessor
from ravs.errors import InputError
from ravs.inference.pipeline import AudioVisualSegmentationPipeline
from ravs.inference.segmenter import load

TASK = "audio-visual-segmentation"


@pytest.fixture(scope="module")
def pipe(model_folder):
    return pipeline(TASK, model=str(model_folder), device="cpu")


@pytest.fixture
def clip(draw_clip, tmp_path):
    return draw_clip(tmp_path / "clip.mp4")


def arrays(seconds=2):
    frames = np.random.default_rng(0).integers(0, 256, (seconds, 32, 48, 3), dtype=np.uint8)
    return {"images": frames, "audio": np.full((seconds * 32_000, 2), 0.1, np.float32), "sampling_rate": 32_000}


def test_a_video_gives_what_the_segmenter_finds_in_it(pipe, clip, model_folder):
    assert isinstance(pipe, AudioVisualSegmentationPipeline) and pipe.dtype == torch.float32
    found = pipe(str(clip), threshold=0.4)
    expected = [(frame, one) for frame in load(model_folder).segment(clip, threshold=0.4) for one in frame.objects]
    assert [one["label"] for one in found] == [one.name for _, one in expected] and found
    for one, (frame, known) in zip(found, expected, strict=True):
        assert (one["timestamp"], one["time"], one["score"]) == (
            (frame.start_s, frame.end_s),
            frame.time_s,
            known.score,
        )
        assert np.array_equal(np.asarray(one["mask"]) == 255, frame.labels == known.class_id)
        assert one["mask"].size == (48, 32)


def test_arrays_and_lists_of_inputs_are_taken(pipe, clip):
    first, second = pipe(
        [arrays(1), {"videos": arrays()["images"], "audio": np.zeros(64_000), "sampling_rate": 32_000}]
    )
    assert {one["time"] for one in first} == {1.0} and {one["time"] for one in second} == {1.0, 2.0}
    assert [one["score"] for one in pipe([clip])[0]] == [one["score"] for one in pipe(clip)]


def test_a_model_object_is_taken_with_its_processor(model_folder):
    model, processor = RavsModel.from_pretrained(model_folder), RavsProcessor.from_pretrained(model_folder)
    assert pipeline(TASK, model=model, processor=processor, device="cpu")(arrays())


def test_what_is_no_input_is_an_error(pipe, clip):
    with pytest.raises(InputError, match="keys of an input are images; they must be images, audio, sampling_rate"):
        pipe({"images": arrays()["images"]})
    with pytest.raises(InputError, match="unknown setting 'treshold'; did you mean 'threshold'"):
        pipe(clip, treshold=0.5)
    with pytest.raises(InputError, match="leave out batch_size"):
        pipe([clip, clip], batch_size=2)


def test_a_saved_pipeline_is_a_folder_that_loads_again(pipe, tmp_path):
    pipe.save_pretrained(tmp_path)
    again = pipeline(TASK, model=str(tmp_path), device="cpu")
    assert [one["score"] for one in again(arrays())] == [one["score"] for one in pipe(arrays())]


def test_without_a_model_it_takes_the_default_one():
    assert pipeline(TASK, device="cpu").model.config.model_type == "class-matching"
