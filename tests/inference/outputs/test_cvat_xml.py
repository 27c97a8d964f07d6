import dataclasses
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from cvat_sdk import masks

from ravs.data.custom.cvat import read_cvat
from ravs.errors import InputError
from ravs.inference.outputs.cvat_xml import box_runs, cvat_xml


def test_each_mask_is_a_track_of_its_own_that_ends_with_its_frame(prediction):
    tracks = ElementTree.fromstring(cvat_xml(prediction)).findall("track")
    assert [track.get("label") for track in tracks] == ["dog", "dog", "violin_cello"]
    shown = [[(mask.get("frame"), mask.get("outside")) for mask in track] for track in tracks]
    assert shown == [[("29", "0"), ("30", "1")], [("59", "0"), ("60", "1")], [("59", "0"), ("60", "1")]]


def test_runs_are_those_of_cvats_own_encoder(prediction):
    ring = np.array([[0, 1, 1, 0, 0, 0], [0, 1, 0, 1, 0, 0], [0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]], bool)
    from ravs.structures.rle import encode_mask

    found = dataclasses.replace(prediction[0].objects[0], rle=encode_mask(ring), bbox=(1, 0, 3, 3))
    assert [*box_runs(found), 1, 0, 3, 2] == masks.encode_mask(ring)


def test_cvats_decoder_gives_the_masks_back(prediction):
    for track in ElementTree.fromstring(cvat_xml(prediction)).iter("track"):
        mask = track[0].attrib
        left, top, width, height = (int(mask[key]) for key in ("left", "top", "width", "height"))
        points = [*map(int, mask["rle"].split(",")), left, top, left + width - 1, top + height - 1]
        frame = prediction[(int(mask["frame"]) - 29) // 30]
        wanted = frame.labels == prediction.classes.index(track.get("label"))
        np.testing.assert_array_equal(masks.decode_mask(points, image_width=6, image_height=4), wanted)


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
