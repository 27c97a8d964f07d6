"""Exports that are opened as labels, and the message for each that does not fit."""

import pytest

from ravs.data.custom.open_labels import open_labels
from ravs.errors import InputError, NoMatchError
from support.exports import LEFT, TRACKS, coco, cvat, labels, same, stroke, task


def test_a_folder_of_files_is_read_as_one(tmp_path, export, videos, instant):
    export("cvat", cvat(TRACKS), name="one.xml")
    export("cvat", cvat(TRACKS.replace("truck_bus", "cat"), source="b.mp4").replace("truck_bus", "cat"), name="two.xml")
    source = open_labels(videos, None, None, ("cvat", tmp_path))
    assert source.classes == ("truck-bus", "dog", "cat")
    same(labels(source, instant, "a", 1), (1, LEFT))
    same(labels(source, instant, "b", 1), (3, LEFT))


BOX = '<track id="3" label="dog"><box frame="9" outside="0" xtl="1" ytl="1" xbr="3" ybr="3"/></track>'
ONE = {"a_0.png": 1}
MISTAKES = [
    ("coco", "{", r"cannot be read as JSON .*give the file that the tool exported"),
    ("coco", [], r"is not a COCO file: it must be an object with the lists images, annotations, categories"),
    ("coco", coco({"image_id": 1, "category_id": 3}, **ONE), r"annotation 0: category_id 3 is not in the file"),
    ("coco", coco({"image_id": 1, "category_id": 9}, **ONE), r"annotation 0: has no segmentation: a box is no mask"),
    ("coco", coco({"image_id": 1}, **ONE), r"an entry does not fit COCO's format \(KeyError\('category_id'\)\)"),
    (
        "coco",
        coco(**{"c_0.png": 1}),
        r"labels no image of these videos: .*not c_0\.png; ravs datasets create OUT VIDEO",
    ),
    ("coco", coco(**{"a_0.png": 1, "x/a_0.jpg": 2}), r"x/a_0\.jpg is labelled twice: keep one"),
    ("labelstudio", {}, r"is no list of tasks with annotations: export as JSON, not JSON-MIN"),
    ("labelstudio", [{"id": 1, "image": "a_0.png", "tag": []}], r"is no list of tasks"),
    (
        "labelstudio",
        [task("a.mp4", key="video")],
        r"task 5: its data has no image, but video: .*draws no masks on video",
    ),
    (
        "labelstudio",
        [task("a_0.png", stroke("dog", "rectanglelabels", x=1))],
        r"has rectanglelabels: a mask is drawn by",
    ),
    ("labelstudio", [task("a_0.png", stroke("dog", format="png"))], r"of format 'png', not rle"),
    ("cvat", "<annotations>", r"cannot be read as XML .*export as CVAT for video 1\.1"),
    ("cvat", "<annotations><meta><project/></meta></annotations>", r"holds no task or job of CVAT: export each task"),
    ("cvat", cvat(BOX), r"track 3: has a box, which is no mask: draw a mask or polygon"),
    ("cvat", cvat(TRACKS, source="c.mp4"), r"its task is of c\.mp4, which is none of the videos"),
    ("cvat", cvat(TRACKS, stop="x"), r"an element does not fit CVAT's format"),
    ("yolo", "", r"--from yolo: labels are read from labelstudio, cvat, coco"),
]


@pytest.mark.parametrize(("tool", "content", "message"), MISTAKES)
def test_what_does_not_fit_is_one_line_with_file_and_remedy(export, tool, content, message):
    with pytest.raises(InputError, match=message):
        export(tool, content)


def test_a_shape_that_cannot_be_drawn_names_its_image(export, instant):
    source = export(
        "coco", coco({"image_id": 1, "category_id": 9, "segmentation": {"size": [4, 6], "counts": [3]}}, **ONE)
    )
    with pytest.raises(
        InputError, match=r"export\.json, a_0\.png: a shape of dog cannot be drawn: its runs are of 3 pix"
    ):
        labels(source, instant, "a", 0)


def test_two_sources_of_labels_and_a_missing_file_are_refused(tmp_path, videos):
    with pytest.raises(InputError, match="--masks and --from are two sources"):
        open_labels(videos, tmp_path, None, ("coco", tmp_path))
    with pytest.raises(InputError, match="--class says what masks of 0 and 255 mark"):
        open_labels(videos, None, "dog", ("coco", tmp_path))
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(NoMatchError, match=r"no \.json file lies there; give what coco exported"):
            open_labels(videos, None, None, ("coco", path))
