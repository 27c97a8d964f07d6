import dataclasses
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from ravs.data.custom.cvat import read_cvat
from ravs.errors import InputError
from ravs.inference.outputs.cvat_xml import box_runs, cvat_xml
from ravs.structures.rle import encode_mask


def test_each_mask_is_a_track_of_its_own_that_ends_with_its_frame(prediction):
    tracks = ElementTree.fromstring(cvat_xml(prediction)).findall("track")
    assert [track.get("label") for track in tracks] == ["dog", "dog", "violin_cello"]
    shown = [[(mask.get("frame"), mask.get("outside")) for mask in track] for track in tracks]
    assert shown == [[("29", "0"), ("30", "1")], [("59", "0"), ("60", "1")], [("59", "0"), ("60", "1")]]


@pytest.mark.parametrize(
    ("rows", "encoded"),  # by cvat_sdk.masks.encode_mask 2.80: run lengths, then left, top, right, bottom
    [
        ([".##...", ".#.#..", ".###..", "......"], [0, 2, 1, 1, 1, 4, 1, 0, 3, 2]),
        (["......", "......", "#####.", "..####"], [0, 5, 3, 4, 0, 2, 5, 3]),
    ],
)
def test_runs_are_those_of_cvats_own_encoder(prediction, rows, encoded):
    mask = np.array([[pixel == "#" for pixel in row] for row in rows])
    left, top, right, bottom = encoded[-4:]
    box = (left, top, right - left + 1, bottom - top + 1)
    found = dataclasses.replace(prediction[0].objects[0], rle=encode_mask(mask), bbox=box)
    assert box_runs(found) == encoded[:-4]


def test_masks_are_runs_by_row_inside_their_box_as_cvats_documentation_has_it(prediction):
    root = ElementTree.fromstring(cvat_xml(prediction))
    assert root.findtext("version") == "1.1" and root.findtext("meta/task/mode") == "interpolation"
    labels = {frame.frame: np.zeros((4, 6), np.uint8) for frame in prediction}
    for track in root.iter("track"):
        for mask in track.iter("mask"):
            if mask.get("outside") == "0":
                left, top, width, height = (int(mask.get(key)) for key in ("left", "top", "width", "height"))
                runs = [int(run) for run in mask.get("rle").split(",")]
                inside = np.repeat(np.arange(len(runs)) % 2, runs).reshape(height, width)
                labels[int(mask.get("frame"))][top : top + height, left : left + width][inside == 1] = (
                    prediction.classes.index(track.get("label"))
                )
    for frame in prediction:
        np.testing.assert_array_equal(labels[frame.frame], frame.labels)


def test_our_own_reader_of_cvats_exports_reads_it(prediction, tmp_path):
    (tmp_path / "cvat.xml").write_text(cvat_xml(prediction))
    read = read_cvat(tmp_path / "cvat.xml", [SimpleNamespace(name="street", path=Path("my street.mp4"))])
    assert read.names == ("dog", "violin_cello")
    assert len(read.by_frame) == 90  # silent frames, too
    for frame in prediction:
        image = read.by_frame["street", frame.frame]
        labels = np.zeros(frame.size, np.uint8)
        for shape in image.shapes:
            labels[shape.mask(image.size)] = prediction.classes.index(shape.name)
        np.testing.assert_array_equal(labels, frame.labels)


def test_a_source_without_frames_to_count_becomes_images(prediction):
    still = dataclasses.replace(prediction, source=prediction.source | {"fps": None})
    root = ElementTree.fromstring(cvat_xml(still))
    assert [image.get("name") for image in root.iter("image")] == [f"my street_{index}.png" for index in range(3)]
    assert [[mask.get("label") for mask in image] for image in root.iter("image")] == [
        ["dog"],
        ["dog", "violin_cello"],
        [],
    ]


def test_a_mask_of_a_video_that_does_not_know_its_frame_is_refused(prediction):
    lost = dataclasses.replace(prediction[0], frame=None)
    with pytest.raises(InputError, match="mask 0 does not know its frame's number"):
        cvat_xml(dataclasses.replace(prediction, frames=(lost, *prediction.frames[1:])))
