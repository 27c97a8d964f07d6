"""Labels in COCO instances."""

import pytest

from ravs.errors import InputError
from ravs.structures.rle import encode_mask
from support.exports import LEFT, SMALL, SQUARE, coco, labels, same


def test_coco_gives_polygons_and_both_kinds_of_run_lengths(export, instant):
    images = {"images/a_0.png": 1, "a_1.jpg": 2, "b_0.png": 3, "other_0.png": 4}
    text = {"size": [4, 6], "counts": encode_mask(LEFT).counts}
    numbers = {"size": [4, 6], "counts": [9, 2, 2, 2, 2, 2, 5]}
    two = [[0, 0, 1, 0, 1, 4, 0, 4], [1, 0, 3, 0, 3, 4, 1, 4]]  # halves of LEFT
    source = export(
        "coco",
        coco(
            {"image_id": 1, "category_id": 2, "segmentation": text},
            {"image_id": 1, "category_id": 9, "segmentation": numbers, "iscrowd": 1},
            {"image_id": 2, "category_id": 9, "segmentation": two},
            **images,
        ),
    )
    assert source.classes == ("truck-bus", "dog")  # by id
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))  # later ones are drawn over
    same(labels(source, instant, "a", 1), (2, LEFT))
    same(labels(source, instant, "b", 0))  # listed without a shape: silent
    assert labels(source, instant, "b", 1) is None


def test_frames_that_are_numbered_as_cvat_does_are_those_of_a_single_video(export, instant):
    content = coco({"image_id": 1, "category_id": 9, "segmentation": [SQUARE]}, **{"frame_000019.PNG": 1})
    source = export("coco", content, slice(1))
    assert labels(source, instant, "a", 0) is None
    same(labels(source, instant, "a", 1), (2, SMALL))
    assert source.unused_labels([instant("a", 0, (4, 6))])[0].endswith("export.json, frame_000019.PNG")
    with pytest.raises(InputError, match=r"labels no image of these videos: call them a_0\.png, .*not frame_000019"):
        export("coco", content)
