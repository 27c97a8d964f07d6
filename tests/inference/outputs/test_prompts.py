import dataclasses
import json
from io import BytesIO

import numpy as np
import pytest
import torch
from pycocotools import mask as coco_mask

from ravs.inference.outputs.exports import export_files
from ravs.inference.outputs.prompts import best_mask, mask_logits, sound_prompts

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools 2.0.11


def written(prediction):
    """prompts.json and prompts.npz as they are read."""
    files = dict(export_files("prompts", prediction))
    return json.loads(files["prompts.json"]), np.load(BytesIO(files["prompts.npz"]))


def test_every_event_is_a_prompt_in_pixels_and_frames_of_the_source(prediction):
    document, arrays = written(prediction)
    assert {key: document[key] for key in ("schema", "source", "width", "height", "fps")} == {
        "schema": "ravs-prompts/1",
        "source": "my street.mp4",
        "width": 6,
        "height": 4,
        "fps": "30000/1001",
    }
    dog, cello = document["prompts"]
    assert (dog["id"], dog["class"], dog["start"], dog["end"]) == (1, "dog", 0.0, 1.967633)
    assert (cello["id"], cello["class"], cello["text"]) == (2, "violin_cello", "violin cello")
    assert (cello["frame"], cello["time"], cello["start"], cello["end"]) == (59, 1.967633, 1.0, 1.967633)
    assert (cello["box"], cello["points"], cello["labels"]) == ([5, 0, 5, 0], [[5, 0]] * 3, [1, 1, 1])
    assert dog["box"] == [1, 1, 2, 2] and {x in (1, 2) and y in (1, 2) for x, y in dog["points"]} == {True}
    assert arrays["input_masks"].shape == (2, 256, 256)
    mask = coco_mask.decode(cello["rle"])
    assert (mask.shape, mask.sum(), mask[0, 5]) == ((4, 6), 1, 1)


def test_python_has_the_same_prompts_with_their_masks_as_arrays(prediction):
    document, arrays = written(prediction)
    for prompt, entry, logits in zip(
        sound_prompts(prediction), document["prompts"], arrays["input_masks"], strict=True
    ):
        assert (prompt.id, prompt.frame, list(map(list, prompt.points))) == (
            entry["id"],
            entry["frame"],
            entry["points"],
        )
        np.testing.assert_array_equal(prompt.mask, coco_mask.decode(entry["rle"]))
        np.testing.assert_allclose(prompt.input_mask, logits, atol=0.01)
        assert all(prompt.mask[y, x] for x, y in prompt.points)


def test_the_frame_is_where_the_mask_is_surest_among_those_of_half_the_largest_area(prediction):
    def frame(index, area, score):
        before = prediction[0]
        found = dataclasses.replace(before.objects[0], area=area, score=score)
        return dataclasses.replace(before, index=index, objects=(found,))

    frames = (frame(0, 100, 0.6), frame(1, 49, 0.99), frame(2, 50, 0.7), frame(3, 60, 0.7), frame(4, 60, 0.7))
    assert best_mask("dog", frames)[0].index == 3


def test_logits_are_those_that_sam_makes_of_a_mask():
    mask = np.random.default_rng(0).random((180, 320)) < 0.5
    mask[40:120, 60:200] = True
    values = torch.from_numpy(mask)[None, None].float() * 20 - 10  # as in Sam2VideoModel._use_mask_as_output
    wanted = torch.nn.functional.interpolate(
        values, size=(256, 256), mode="bilinear", align_corners=False, antialias=True
    )
    logits = mask_logits(mask)
    np.testing.assert_allclose(logits, wanted[0, 0], atol=1e-3)
    assert logits[100, 100] == 10  # row 70, column 125


def test_a_class_that_sounds_twice_is_prompted_twice_each_time_in_its_own_frames(prediction):
    first, second, _ = prediction.frames
    silent = dataclasses.replace(second, objects=())
    again = dataclasses.replace(first, index=2, time_s=2.967633, start_s=2.0, frame=89)
    twice = dataclasses.replace(prediction, frames=(first, silent, again))
    found = [(prompt.id, prompt.frame, prompt.start_s) for prompt in sound_prompts(twice)]
    assert found == [(1, 29, 0.0), (2, 89, 2.0)]


def test_overlapping_seconds_do_not_mix_the_frames_of_two_events(prediction):
    first, second, third = prediction.frames
    sure = (dataclasses.replace(first.objects[0], score=1.0),)
    frames = (
        dataclasses.replace(first, time_s=0.25, start_s=-0.75, frame=7, objects=sure),
        dataclasses.replace(second, time_s=0.5, start_s=-0.5, objects=()),
        dataclasses.replace(third, time_s=0.75, start_s=-0.25, frame=22, objects=first.objects),
    )
    found = sound_prompts(dataclasses.replace(prediction, frames=frames))
    assert [(prompt.start_s, prompt.frame) for prompt in found] == [(0.0, 7), (0.0, 22)]


def test_without_events_there_are_no_prompts_and_no_logits(prediction):
    document, arrays = written(dataclasses.replace(prediction, frames=()))
    assert document["prompts"] == [] and arrays["input_masks"].shape == (0, 256, 256)
