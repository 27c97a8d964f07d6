import json
from pathlib import Path

import numpy as np
import pytest
import supervision
from PIL import Image
from pycocotools.coco import COCO

from ravs.inference.outputs.coco_dataset import coco_dataset


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools 2.0.11 itself
def test_pycocotools_reads_the_masks_of_every_image(prediction, tmp_path):
    (tmp_path / "coco.json").write_text(json.dumps(coco_dataset(prediction)))
    read = COCO(tmp_path / "coco.json")
    names = {category["id"]: category["name"] for category in read.loadCats(read.getCatIds())}
    assert names == {1: "dog", 2: "violin_cello"}
    assert len(read.getImgIds()) == len(prediction)
    for frame in prediction:
        labels = np.zeros(frame.size, np.uint8)
        for annotation in read.loadAnns(read.getAnnIds(imgIds=frame.index + 1)):
            mask = read.annToMask(annotation) > 0
            labels[mask] = annotation["category_id"]
            assert annotation["area"] == mask.sum()
            rows, columns = np.nonzero(mask)
            box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
            assert annotation["bbox"] == box
        np.testing.assert_array_equal(labels, frame.labels)


def test_supervision_opens_it_as_a_data_set(prediction, tmp_path):
    dataset = coco_dataset(prediction)
    for image in dataset["images"]:
        Image.new("RGB", (image["width"], image["height"])).save(tmp_path / image["file_name"])
    (tmp_path / "coco.json").write_text(json.dumps(dataset))
    read = supervision.DetectionDataset.from_coco(str(tmp_path), str(tmp_path / "coco.json"), force_masks=True)
    found = {Path(path).name: detections for path, _, detections in read}
    assert [len(found[f"my street_{index}.png"]) for index in range(3)] == [1, 2, 0]
    both = found["my street_1.png"]
    assert [read.classes[index] for index in both.class_id] == ["dog", "violin_cello"]
    np.testing.assert_array_equal(both.mask.sum((1, 2)), [4, 1])


def test_images_say_which_frame_they_are_and_no_annotation_claims_a_track(prediction):
    dataset = coco_dataset(prediction)
    assert [(image["file_name"], image["frame"], image["time"]) for image in dataset["images"]] == [
        (f"my street_{index}.png", 29 + 30 * index, index + 0.967633) for index in range(3)
    ]
    assert all("track_id" not in annotation for annotation in dataset["annotations"])
    assert [annotation["id"] for annotation in dataset["annotations"]] == [1, 2, 3]
