import json
import pickle

import numpy as np
import pytest

from ravs.data.composition.film.photographs import COCO_CLASSES, IGNORED, Photos
from ravs.errors import InputError


def test_masks_are_where_the_polygons_are_and_classes_are_ours(photos):
    photograph = photos.photographs[0]
    assert photograph.classes == ("person", "truck_bus")
    expected = np.zeros((120, 160), np.uint8)
    expected[20:100, 10:50], expected[20:60, 60:100] = 1, 2
    expected[70:110, 110:150] = expected[:, :2] = IGNORED  # the bird, and the crowd
    np.testing.assert_array_equal(photograph.instance_map, expected)
    assert photograph.areas == (80 * 40, 40 * 40)


def test_a_bird_and_a_crowd_are_of_unknown_class_and_a_computer_mouse_is_nothing(photos):
    instances = photos.photographs[0].instances()
    assert [name for name, _ in instances] == ["person", "truck_bus", None, None]
    assert "mouse" not in COCO_CLASSES
    assert [int(mask.sum()) for _, mask in instances] == [3200, 1600, 1600, 240]


def test_of_two_that_overlap_the_smaller_one_is_in_the_map(photos_root, tmp_path):
    document = json.loads((photos_root / "instances.json").read_text())
    inner, outer = [[40, 40, 60, 40, 60, 60, 40, 60]], [[30, 30, 90, 30, 90, 90, 30, 90]]
    document["annotations"] = [
        {"image_id": 0, "category_id": 4, "segmentation": inner},
        {"image_id": 0, "category_id": 3, "segmentation": outer},
    ]
    (tmp_path / "instances.json").write_text(json.dumps(document))
    drawn = Photos.read(tmp_path).photographs[0].instance_map
    assert (drawn[50, 50], drawn[70, 70]) == (1, 2)
    assert (drawn == 1).sum() == 400


def test_nothing_of_validation_is_in_training(photos_root):
    train, val = ({p.path.name for p in Photos.read(photos_root, split).photographs} for split in ("train", "val"))
    assert (train, val) == ({"0.png", "1.png", "3.png"}, {"2.png"})


def test_an_image_is_read_in_red_green_blue(photos):
    image = photos.photographs[0].image()
    assert image[50, 30].tolist() == [200, 40, 40]
    assert image[30, 80].tolist() == [40, 200, 40]


def test_photographs_reach_another_process(photos):
    again = pickle.loads(pickle.dumps(photos))
    np.testing.assert_array_equal(again.photographs[0].instance_map, photos.photographs[0].instance_map)


def test_what_is_missing_is_said(photos_root, tmp_path):
    with pytest.raises(InputError, match=r"no image of split 'test'; splits are train and val"):
        Photos.read(photos_root, "test")
    with pytest.raises(InputError, match=r"instances\.json: cannot be read as JSON"):
        Photos.read(tmp_path)
    document = json.loads((photos_root / "instances.json").read_text())
    (tmp_path / "instances.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"0\.png: no image, not 160 x 120 pixels"):
        Photos.read(tmp_path).photographs[0].image()
    for image in document["images"]:
        del image["split"]
    (tmp_path / "instances.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="an entry does not fit COCO's format"):
        Photos.read(tmp_path)
