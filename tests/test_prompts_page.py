"""docs/formats/prompts.md: its lines run with transformers' own classes, random weights, and the example's prompts."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from transformers.video_utils import load_video

from ravs.structures.rle import Rle, decode_mask
from support import sam_audio
from support.promptable_models import SIDE, small_model, small_processor

FORMATS = Path(__file__).parents[1] / "docs" / "formats"
BLOCKS = dict(re.findall(r"\n## ([^\n]+)\n.*?```python\n(.*?)```", (FORMATS / "prompts.md").read_text(), re.DOTALL))
MODELS = ("Sam2VideoModel", "EdgeTamVideoModel", "Sam3TrackerVideoModel", "Sam2Model")
PROCESSORS = ("Sam2VideoProcessor", "Sam3TrackerVideoProcessor", "Sam2Processor")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools 2.0.11
NUM_FRAMES = 52  # the prompt is at frame 49


@pytest.fixture
def lines(monkeypatch):
    """Runs the lines of a section, without a network and with the first frames of the video."""
    monkeypatch.chdir(FORMATS)
    monkeypatch.setitem(sys.modules, "sam_audio", sam_audio)
    for name in MODELS:
        kind = getattr(transformers, name)
        monkeypatch.setattr(kind, "from_pretrained", classmethod(lambda kind, _: small_model(kind)))
    for name in PROCESSORS:
        kind = getattr(transformers, name)
        monkeypatch.setattr(kind, "from_pretrained", classmethod(lambda kind, _: small_processor(kind)))

    def first_frames(path):
        return load_video(path, sample_indices_fn=lambda metadata: np.arange(NUM_FRAMES))

    monkeypatch.setattr(transformers.video_utils, "load_video", first_frames)

    def run(section):
        known = {}
        exec(compile(BLOCKS[section], section, "exec"), known)
        return known

    return run


@pytest.fixture(scope="module")
def example():
    (prompt,) = json.loads((FORMATS / "dog-and-piano" / "prompts.json").read_text())["prompts"]
    return prompt, decode_mask(Rle(tuple(prompt["rle"]["size"]), prompt["rle"]["counts"]))


@pytest.mark.parametrize("section", ["SAM 2", "EdgeTAM"])
def test_points_and_box_are_taken_at_their_frame_and_tracked_from_there_on(lines, example, section, capsys):
    prompt, mask = example
    known = lines(section)
    given = known["session"].point_inputs_per_obj[0][prompt["frame"]]
    points = given["point_coords"][0, 0] * 416 / SIDE  # back in pixels of the frame
    labels = given["point_labels"][0, 0].tolist()
    inside = [mask[round(y), round(x)] for (x, y), label in zip(points.tolist(), labels, strict=True) if label == 1]
    assert inside == [True] * 3
    if section == "SAM 2":
        assert labels == [2, 3, 1, 1, 1]  # corners of the box, points
        (left, top), (right, bottom) = points[:2].round().int().tolist()
        rows, columns = np.nonzero(mask)
        assert (left, top, right, bottom) == (columns.min(), rows.min(), columns.max(), rows.max())
        assert known["masks"].shape == (1, 1, 416, 416)
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["49", "50", "51"]
    else:
        assert labels == [1, 1, 1] and list(known["tracks"]) == [49, 50, 51]


def test_the_mask_is_taken_where_it_lies(lines, example):
    prompt, mask = example
    known = lines("SAM 3")
    (given,) = known["session"].mask_inputs_per_obj[0][prompt["frame"]]
    shrunk = torch.nn.functional.interpolate(
        torch.from_numpy(mask)[None, None].float(), (SIDE, SIDE), mode="bilinear", antialias=True
    )
    assert (given[0] == (shrunk[0, 0] >= 0.5)).all() and given.sum() > 100
    assert list(known["tracks"]) == [49, 50, 51]


def test_an_image_model_takes_points_and_logits(lines):
    known = lines("One image")
    assert known["inputs"]["input_points"].shape == (1, 1, 3, 2)
    assert known["outputs"].pred_masks.shape == (1, 1, 1, 16, 16)


def test_sam_audio_is_given_words_span_and_what_is_outside_the_mask(lines, example):
    _, mask = example
    batch = lines("SAM-Audio")["piano"]
    assert (batch.descriptions, batch.anchors) == (["piano"], [[("+", 1.0, 1.96)]])
    (shown,) = batch.masked_video
    assert (shown.numpy()[0][:, mask] == 0).all() and (shown.numpy()[0][:, ~mask] > 0).any()


def test_every_section_with_lines_is_run():
    assert list(BLOCKS) == ["SAM 2", "EdgeTAM", "SAM 3", "One image", "SAM-Audio"]


def test_two_events_at_different_frames_are_tracked_together(example):
    prompt, _ = example
    video = np.random.default_rng(0).integers(0, 255, (6, 416, 416, 3), np.uint8)
    model, processor = small_model(transformers.Sam2VideoModel), small_processor(transformers.Sam2VideoProcessor)
    session = processor.init_video_session(video=video)
    for number, frame in ((1, 1), (2, 4)):
        where = {"input_points": [[prompt["points"]]], "input_labels": [[prompt["labels"]]]}
        processor.add_inputs_to_inference_session(session, frame, number, **where)
        model(session, frame_idx=frame)
    found = {one.frame_idx: one.object_ids for one in model.propagate_in_video_iterator(session)}
    assert found == {index: [1, 2] for index in range(1, 6)}
