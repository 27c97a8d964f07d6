"""What annotation tools export, file by file as they write it."""

import json

import numpy as np
import pytest

from ravs.data.custom.open_labels import open_labels
from ravs.errors import InputError, NoMatchError
from ravs.structures.rle import encode_mask

SMALL = np.zeros((4, 6), bool)
SMALL[1:3, 2:5] = True
BRUSHED = [
    0,
    0,
    0,
    96,
    57,
    27,
    254,
    31,
    0,
    183,
    255,
    108,
    2,
    223,
    254,
    27,
    0,
    0,
]  # SMALL, by label_studio_sdk's encoder
SQUARE = [2, 1, 5, 1, 5, 3, 2, 3]  # SMALL, as corners
LEFT = np.zeros((4, 6), bool)
LEFT[:, :3] = True


@pytest.fixture
def export(tmp_path, videos):
    """export(tool, content): the labels in a tool's file, read for the videos a and b, or for one of them."""

    def read(tool, content, some=slice(None), name=None):
        path = tmp_path / (name or f"export.{'xml' if tool == 'cvat' else 'json'}")
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return open_labels(videos[some], None, None, (tool, path))

    return read


def labels(source, instant, name, second):
    return source.labels(instant(name, second, (4, 6)))


def same(found, *layers):
    """Whether labels are these masks over one another, classes from 1 on."""
    wanted = np.zeros((4, 6), np.uint8)
    for value, mask in layers:
        wanted[mask] = value
    np.testing.assert_array_equal(found, wanted)


def coco(*annotations, **images):
    return {
        "images": [{"id": i, "file_name": n, "width": 6, "height": 4} for n, i in images.items()],
        "annotations": [{"id": n, **one} for n, one in enumerate(annotations)],
        "categories": [{"id": 9, "name": "dog"}, {"id": 2, "name": "truck_bus"}],
    }


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
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))  # later ones lie above
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


def task(name, *results, key="image", **annotation):
    return {"id": 5, "data": {key: name}, "annotations": [{"result": list(results), **annotation}]}


def stroke(name, kind="brushlabels", **value):
    given = value or {"format": "rle", "rle": BRUSHED}
    return {"type": kind, "original_width": 6, "original_height": 4, "value": {kind: [name], **given}}


def test_label_studio_gives_brush_strokes_and_polygons_in_percent(export, instant):
    polygon = stroke("cat", "polygonlabels", points=[[0, 0], [50, 0], [50, 100], [0, 100]])
    later = {"result": [stroke("dog")], "was_cancelled": True}
    source = export(
        "labelstudio",
        [
            task("/data/upload/1/0a1b2c3d-a_0.png", polygon, stroke("dog")),
            task("/data/local-files/?d=x/a_1.png"),
            {"id": 6, "data": {"image": "a_2.png"}, "annotations": [later]},
            {"id": 7, "data": {"image": "b_0.png"}, "annotations": [{"result": []}, {"result": [stroke("dog")]}]},
            {
                "id": 8,
                "data": {"image": "b_1.png"},
                "annotations": [{"result": [stroke("dog")], "ground_truth": True}, {"result": []}],
            },
        ],
    )
    assert source.classes == ("cat", "dog")
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))
    same(labels(source, instant, "a", 1))  # submitted without a shape: silent
    assert labels(source, instant, "a", 2) is None  # cancelled
    same(labels(source, instant, "b", 0), (2, SMALL))
    same(labels(source, instant, "b", 1), (2, SMALL))


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <{kind}>
      <size>40</size><mode>interpolation</mode><start_frame>0</start_frame><stop_frame>{stop}</stop_frame>
      <frame_filter>{filter}</frame_filter>
      <labels><label><name>truck_bus</name></label><label><name>dog</name></label></labels>
      <original_size><width>6</width><height>4</height></original_size>
      <source>{source}</source>
    </{kind}>
  </meta>
  {body}
</annotations>
"""
MASK = '<mask frame="{0}" outside="{1}" occluded="0" rle="0, 6" left="2" top="1" width="3" height="2" z_order="1"/>'
POLYGON = (
    '<polygon frame="{0}" outside="{1}" occluded="0" points="0.00,0.00;3.00,0.00;3.00,4.00;0.00,4.00" z_order="{2}"/>'
)
TRACKS = (
    f'<track id="0" label="dog">{MASK.format(9, 0)}{MASK.format(10, 1)}</track>'
    f'<track id="1" label="truck_bus">{"".join(POLYGON.format(n, 0, 0) for n in range(5, 20))}'
    f"{POLYGON.format(20, 1, 0)}</track>"
)


def cvat(body, kind="task", stop=39, source="a.mp4", step=""):
    return CVAT.format(kind=kind, stop=stop, filter=step, source=source, body=body)


@pytest.mark.parametrize("kind", ["task", "job"])
def test_cvat_gives_masks_and_polygons_of_the_frames_that_end_a_second(export, instant, kind):
    source = export("cvat", cvat(TRACKS, kind))
    assert source.classes == ("truck-bus", "dog")
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))  # by z_order, not by track
    same(labels(source, instant, "a", 1), (1, LEFT))
    same(labels(source, instant, "a", 2))  # in the task, and outside of all tracks: silent
    assert labels(source, instant, "a", 4) is None  # frame 49 is in no task of 40
    assert labels(source, instant, "b", 0) is None


def test_a_task_of_every_third_frame_labels_these_alone(export, instant):
    source = export("cvat", cvat(TRACKS, step="step=3"))
    assert [labels(source, instant, "a", second) is None for second in range(4)] == [False, True, True, False]  # 9, 39
    assert len(source.unused_labels([instant("a", second, (4, 6)) for second in range(4)])) == 4  # 6, 12, 15, 18


def test_cvat_for_images_goes_by_the_names_of_the_images(export, instant):
    shapes = MASK.replace('frame="{0}" outside="{1}"', 'label="dog"')
    body = f'<image id="0" name="x/a_0.png" width="6" height="4">{shapes}</image><image id="1" name="a_1.png" '
    source = export("cvat", cvat(body + 'width="6" height="4"></image>'))
    same(labels(source, instant, "a", 0), (2, SMALL))
    same(labels(source, instant, "a", 1))


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
