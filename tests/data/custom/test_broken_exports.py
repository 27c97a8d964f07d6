"""Invalid files of annotation tools are refused by one line that names the file."""

import json

import pytest

from ravs.data.custom.open_labels import open_labels
from ravs.errors import InputError

POLYGON = {"image_id": 1, "category_id": 9, "segmentation": [[2, 1, 5, 1, 5, 3, 2, 3]]}
COCO = {
    "images": [{"id": 1, "file_name": "a_0.png", "width": 6, "height": 4}],
    "annotations": [POLYGON],
    "categories": [{"id": 9, "name": "dog"}],
}
SEGMENTATIONS = (
    *({"counts": [24]}, {"size": [4, 6]}, {"size": [4, 6], "counts": None}, {"size": None, "counts": [24]}),
    *([["a", "b"]], [1, 2, 3, 4, 5, 6], 5, [[0, 0, float("inf"), 1, 2, 3]]),
)


@pytest.mark.parametrize("segmentation", SEGMENTATIONS, ids=str)
def test_a_segmentation_that_is_none(export, instant, segmentation):
    source = export("coco", COCO | {"annotations": [POLYGON | {"segmentation": segmentation}]})
    with pytest.raises(InputError, match=r"export\.json, a_0\.png: a shape of dog cannot be drawn: "):
        source.labels(instant("a", 0, (4, 6)))


@pytest.mark.parametrize(
    "broken", [{"images": [5]}, {"annotations": [5]}, {"images": [COCO["images"][0] | {"width": "x"}]}], ids=str
)
def test_an_entry_of_coco_that_is_none(export, broken):
    with pytest.raises(InputError, match="does not fit COCO's format"):
        export("coco", COCO | broken)


@pytest.mark.parametrize(
    "result",
    [{"type": None}, {"type": "polygonlabels", "original_width": "x", "value": {"polygonlabels": ["dog"]}}],
    ids=str,
)
def test_a_result_of_label_studio_that_is_none(export, result):
    with pytest.raises(InputError, match="does not fit Label Studio's JSON"):
        export("labelstudio", [{"id": 1, "data": {"image": "a_0.png"}, "annotations": [{"result": [result]}]}])


def test_two_files_that_label_one_image(tmp_path, videos):
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(COCO))
    both = r"one\.json, a_0\.png and .*two\.json, a_0\.png are both taken for a: give the files of these videos alone"
    with pytest.raises(InputError, match=both):
        open_labels(videos, None, None, ("coco", tmp_path))
