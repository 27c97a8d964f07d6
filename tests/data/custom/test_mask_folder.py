"""Masks in a folder: the second of each file, and the class of each value."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from ravs.data.custom.mask_folder import MaskFolder
from ravs.errors import InputError
from ravs.structures.json_document import document_json
from ravs.structures.palette import mask_png
from ravs.structures.prediction import FramePrediction, Prediction

SIZE = (32, 48)


def filled(value, size=SIZE):
    """A mask whose left half has a value."""
    mask = np.zeros(size, np.uint8)
    mask[:, : size[1] // 2] = value
    return mask


def save(path, mask, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).convert(mode).save(path)


def save_result(folder, values, rate=1, classes=("background", "cat", "truck_bus")):
    """Write masks and JSON as `ravs segment` does."""
    frames = tuple(
        FramePrediction(index=i, time_s=(i + 1) / rate - 0.1, start_s=(i + 1) / rate - 1, size=SIZE)
        for i in range(len(values))
    )
    source = {"height": SIZE[0], "width": SIZE[1]}
    document = Prediction(source=source, model={}, settings={}, classes=classes, frames=frames)
    (folder / "masks").mkdir(parents=True)
    (folder / f"{folder.name}.json").write_text(document_json(document))
    for index, value in enumerate(values):
        (folder / f"masks/{index:06d}.png").write_bytes(mask_png(filled(value)))


def test_what_segment_wrote_is_read_with_the_classes_that_occur(tmp_path, videos, instant):
    save_result(tmp_path / "a", [0, 2, 255])
    save_result(tmp_path / "b", [1], classes=("background", "dog", "cat"))
    masks = MaskFolder(tmp_path, videos)
    assert masks.classes == ("dog", "truck-bus")  # cat is in no mask; metadata join names by _
    np.testing.assert_array_equal(masks.labels(instant("a", 1)), filled(2))
    np.testing.assert_array_equal(masks.labels(instant("b", 0)), filled(1))
    assert not masks.labels(instant("a", 0)).any() and (masks.labels(instant("a", 2)) == filled(255)).all()
    assert masks.labels(instant("a", 3)) is None


def test_of_several_masks_for_each_second_those_at_its_end_are_read(tmp_path, videos, instant):
    save_result(tmp_path / "a", [1, 1, 0, 2, 1, 1], rate=2)
    masks = MaskFolder(tmp_path, videos[:1])
    found = [int(masks.labels(instant("a", second)).max()) for second in range(3)]
    assert found == [1, 2, 1] and masks.unused_labels([instant("a", 0)]) == ()  # numbers 1, 3, 5: cat, truck-bus, cat


@pytest.mark.parametrize("place", ["a/masks/000001.png", "a/1.png", "a_1.png", "a_0001.png"])
def test_numbered_files_lie_in_any_of_these_places(tmp_path, videos, instant, place):
    save(tmp_path / place, filled(2))
    (tmp_path / "classes.txt").write_text("background\ncat\n\n dog \n")
    masks = MaskFolder(tmp_path, videos)
    assert masks.classes == ("cat", "dog")  # as listed, whether they occur or not
    np.testing.assert_array_equal(masks.labels(instant("a", 1)), filled(2))
    assert masks.labels(instant("a", 0)) is None and masks.labels(instant("b", 1)) is None
    assert masks.unused_labels([instant("a", 0)]) == (str(tmp_path / place),)


def test_labels_json_names_any_values(tmp_path, videos, instant):
    save(tmp_path / "a_0.png", filled(7))
    (tmp_path / "labels.json").write_text(json.dumps({"background": 0, "dog": 200, "cat": 7}))
    masks = MaskFolder(tmp_path, videos)
    assert masks.classes == ("cat", "dog") and (masks.labels(instant("a", 0)) == filled(1)).all()


@pytest.mark.parametrize(("value", "mode"), [(255, "L"), (1, "L"), (255, "1"), (255, "RGB")])
def test_black_and_white_masks_are_of_one_class(tmp_path, videos, instant, value, mode):
    save(tmp_path / "a_0.png", filled(value), mode)
    masks = MaskFolder(tmp_path, videos, "my dog")
    assert masks.classes == ("my dog",) and (masks.labels(instant("a", 0)) == filled(1)).all()


def test_a_mask_of_another_size_takes_that_of_its_frame_if_its_shape_is_the_same(tmp_path, videos, instant):
    save(tmp_path / "a_0.png", filled(255, (16, 24)))
    save(tmp_path / "a_1.png", filled(255, (32, 32)))
    masks = MaskFolder(tmp_path, videos, "dog")
    np.testing.assert_array_equal(masks.labels(instant("a", 0)), filled(1))
    with pytest.raises(InputError, match=r"a_1\.png is 32x32 pixels, its video 48x32, as displayed: mask the"):
        masks.labels(instant("a", 1))


def refused(root, videos, instant, only=None):
    masks = MaskFolder(root, videos, only)
    masks.labels(instant("a", 0))


def test_every_mistake_says_which_file_and_what_to_do(tmp_path, videos, instant):
    with pytest.raises(InputError, match=r"--masks .*none: no such folder; give what ravs segment wrote"):
        refused(tmp_path / "none", videos, instant)
    save(tmp_path / "a_0.png", filled(3))
    with pytest.raises(InputError, match=r"nothing names the classes of a's masks: add classes\.txt .* --class NAME"):
        refused(tmp_path, videos, instant)
    save(tmp_path / "a_0.png", np.arange(32 * 48, dtype=np.uint8).reshape(SIZE))
    with pytest.raises(
        InputError, match=r"a_0\.png, with --class: values 0, 1, 2, …, 255 .*save it in black and white"
    ):
        refused(tmp_path, videos, instant, "dog")
    save(tmp_path / "a_0.png", filled(3))
    save(tmp_path / "a_00.png", filled(3))
    with pytest.raises(InputError, match=r"a_00\.png and a_0\.png are both mask 0: keep one"):
        refused(tmp_path, videos, instant, "dog")
    (tmp_path / "a_00.png").unlink()
    for name, text, message in (
        ("classes.txt", "dog\ncat\n", r"a_0\.png \(8-bit gray\) holds value 3, which is no class"),
        ("classes.txt", "dog\nbig_cat\nbig-cat\n", r"classes\.txt: class 'big-cat': a name must not be .*twice"),
        ("classes.txt", "\n", r"classes\.txt: 0 classes; an 8-bit mask can"),
        ("labels.json", "{", r"labels\.json: is not JSON"),
        ("labels.json", '["dog"]', r"labels\.json: write names with their values"),
        ("labels.json", '{"dog": 0}', r"labels\.json: write names with their values"),
        ("labels.json", '{"dog": 1, "cat": 1}', r"labels\.json: write names with their values"),
        ("labels.json", '{"background": 1, "dog": 2}', r"labels\.json: write names with their values"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=message):
            refused(tmp_path, videos, instant)
        (tmp_path / name).unlink()


def test_a_value_that_is_no_class_of_the_result_is_refused_and_so_is_a_broken_document(tmp_path, videos, instant):
    save_result(tmp_path / "a", [3])
    with pytest.raises(InputError, match=r"000000\.png \(8-bit index\) holds value 3, which is no class"):
        _ = MaskFolder(tmp_path, videos).classes
    shutil.rmtree(tmp_path / "a")
    save_result(tmp_path / "a", [0])
    with pytest.raises(InputError, match=r"in all masks of these videos: 0 classes"):
        _ = MaskFolder(tmp_path, videos).classes
    (tmp_path / "a/a.json").write_text("{}")
    with pytest.raises(InputError, match=r"a\.json is no document of schema ravs/1"):
        MaskFolder(tmp_path, videos)
