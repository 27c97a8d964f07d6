"""label2idx.json is read by its values, and compared with the metadata and the masks."""

import json

import numpy as np
import pytest

from ravs.config.labels import AVSS_CLASSES
from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset
from ravs.data.datasets.label2idx import read_classes
from ravs.errors import InputError

PLACES = {name: place for place, name in enumerate(AVSS_CLASSES)}  # as in masks


def problems(root):
    return [(found.path.name, found.text) for found in check_dataset(find_dataset(root)).problems]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("keys", [AVSS_CLASSES, AVSS_CLASSES[::-1], tuple(sorted(AVSS_CLASSES))])
def test_values_from_0_or_from_1_are_those_of_masks_in_any_order_of_the_keys(miniature, miniatures, first, keys):
    root = miniature("avss", subsets=("v1m",))
    (root / "label2idx.json").write_text(json.dumps({name: PLACES[name] + first for name in keys}))
    opened = find_dataset(root)
    assert opened.classes == AVSS_CLASSES and problems(root) == []
    clip = opened.read(opened.entries[0])
    np.testing.assert_array_equal(clip.masks[0], miniatures.quarters(0, 70, 17, 1, size=24))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", r"holds no object of class names with their values"),
        ("{}", r"holds no object of class names"),
        ("{", r"cannot be read as JSON"),
        ('{"background": 0, "dog": "1"}', r"dog has '1' for its value; it must be a whole number"),
        ('{"background": 0, "dog": true}', r"dog has True"),
        ('{"background": 0, "dog": 1, "cat": 1}', r"values more than once: 1; give each class a value"),
        ('{"background": 0, "dog": 1, "dog": 2}', r"names more than once: dog"),
        ('{"background": 0, "dog": 1, "cat": 4}', r"3 classes have values from 0 to 4; missing: 2, 3; they must run"),
        ('{"background": 2, "dog": 3}', r"2 classes have values from 2 to 3; they must run from 0"),
        ('{"dog": 0, "background": 1}', r"the lowest value, 0, is dog's, not background's: give that 0, or 1"),
        ('{"dog": 1, "cat": 2}', r"the lowest value, 1, is dog's, not background's"),
    ],
)
def test_what_is_no_table_of_classes_says_why(tmp_path, content, message):
    path = tmp_path / "label2idx.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_classes(path)


def test_names_in_the_metadata_that_are_no_class_are_listed_with_a_video(miniature):
    root = miniature("avss", subsets=("v1m",))
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace("woman_dog_accordion", "woman_dgo_accordion", 2))
    assert [text for name, text in problems(root) if name == "metadata.csv"] == [
        "a_obj names 'dgo', which is no class of the set (v1mtrain_0_5000 and 1 more videos); it joins names by _, so "
        "names have - inside"
    ]


def test_classes_that_masks_show_and_the_metadata_do_not_name_are_listed(miniature):
    root = miniature("avss", subsets=("v1m",))
    swapped = PLACES | {"dog": PLACES["cat"], "cat": PLACES["dog"]}
    (root / "label2idx.json").write_text(json.dumps(swapped))
    ((name, message),) = problems(root)
    assert (name, message) == (
        "label2idx.json",
        "masks of 3 videos hold 17, which is cat here, and a_obj names cat in 0 of them: names, values or masks are "
        "wrong",
    )
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace("woman_dog_accordion", "woman_cat_dog_accordion", 2))
    assert problems(root) == []  # one of three does not name it
    table.write_text(table.read_text().replace("woman_cat_dog_accordion", ""))
    assert len(problems(root)) == 1  # videos without names are ignored


def test_with_binary_masks_the_names_do_not_matter(miniature):
    root = miniature("avss", subsets=("v1m",))
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace("dog", "wolf"))
    assert problems(root) and check_dataset(find_dataset(root, "ms3")).problems == ()
