import json
from xml.etree import ElementTree

import numpy as np
import pytest

from ravs.data.custom.rasterize import brush_mask
from ravs.inference.outputs.brush_rle import pack_brush
from ravs.inference.outputs.label_studio_tasks import brush_tasks, labeling_config, timeline_tasks
from support.exports import BRUSHED, SMALL


def test_a_stroke_is_packed_as_worked_out_by_hand():
    # 8 values in words of 8 bits, lengths of 3, 4, 8 or 16 bits; four values 255, then four values 0
    head = f"{8:032b}" + "00111" + "0010" + "0011" + "0111" + "1111"
    runs = "1" + "00" + "011" + "11111111" + "1" + "00" + "011" + "00000000"
    bits = head + runs
    bits += "0" * (-len(bits) % 8)
    assert pack_brush(np.array([[True, False]])) == [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


def unpacked(stroke):
    """All values of a stroke, as decode_rle of Label Studio's converter reads them, bit by bit."""
    bits = "".join(f"{byte:08b}" for byte in stroke)
    at = 0

    def take(count):
        nonlocal at
        at += count
        return int(bits[at - count : at], 2)

    number, word, lengths = take(32), take(5) + 1, [take(4) + 1 for _ in range(4)]
    values = []
    while len(values) < number:
        repeats, length = take(1), take(lengths[take(2)]) + 1
        values += [take(word)] * length if repeats else [take(word) for _ in range(length)]
    return values


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
def test_strokes_are_red_green_blue_and_alpha_of_each_pixel_row_by_row(share):
    mask = np.random.default_rng(0).random((13, 31)) < share
    pixels = np.reshape(unpacked(pack_brush(mask)), (13, 31, 4))
    np.testing.assert_array_equal(pixels, np.repeat(mask[..., None] * 255, 4, axis=2))
    assert np.reshape(unpacked(BRUSHED), (4, 6, 4))[..., 3].astype(bool).tolist() == SMALL.tolist()  # of its SDK


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
def test_strokes_are_read_back_as_label_studio_packs_them(share):
    mask = np.random.default_rng(0).random((13, 31)) < share
    np.testing.assert_array_equal(brush_mask(pack_brush(mask), mask.shape), mask)


def test_a_stroke_of_more_values_than_one_length_can_hold_is_read_back():
    mask = np.zeros((240, 320), bool)
    mask[100:] = True  # 179,200 values of 255, in runs of at most 65,536
    np.testing.assert_array_equal(brush_mask(pack_brush(mask), mask.shape), mask)


def test_every_mask_is_a_task_with_a_stroke_for_each_object(prediction):
    tasks = json.loads(json.dumps(brush_tasks(prediction)))
    assert [task["data"] for task in tasks] == [{"image": f"my street_{index}.png"} for index in range(3)]
    for task, frame in zip(tasks, prediction, strict=True):
        (given,) = task["predictions"]
        assert given["model_version"] == "ravs-tiny"
        labels = np.zeros(frame.size, np.uint8)
        for stroke in given["result"]:
            assert (stroke["original_width"], stroke["original_height"]) == (6, 4)
            mask = brush_mask(stroke["value"]["rle"], frame.size)
            labels[mask] = prediction.classes.index(stroke["value"]["brushlabels"][0])
        np.testing.assert_array_equal(labels, frame.labels)


def test_events_are_spans_of_frames_from_one_on(prediction):
    (task,) = timeline_tasks(prediction)
    assert task["data"] == {"video": "my street.mp4"}
    spans = [(one["value"]["timelinelabels"], one["value"]["ranges"]) for one in task["predictions"][0]["result"]]
    assert spans == [  # 0 s to 1.967633 s and 1 s to 1.967633 s, at 29.97 frames a second
        (["dog"], [{"start": 1, "end": 59}]),
        (["violin_cello"], [{"start": 30, "end": 59}]),
    ]


def test_results_refer_to_the_names_of_the_labeling_configs(prediction):
    for kind, tasks in (("brush", brush_tasks(prediction)), ("timeline", timeline_tasks(prediction))):
        config = ElementTree.fromstring(labeling_config(prediction.classes, kind))
        source, labels = config
        assert [label.get("value") for label in labels] == ["dog", "violin_cello"]
        assert source.get("value") == f"${next(iter(tasks[0]['data']))}"
        for result in tasks[0]["predictions"][0]["result"]:
            assert (result["from_name"], result["to_name"]) == (labels.get("name"), source.get("name"))
            assert result["type"] == labels.tag.lower()
