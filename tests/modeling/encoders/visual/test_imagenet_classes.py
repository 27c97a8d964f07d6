import csv
from collections import Counter
from pathlib import Path

import pytest

import ravs
from ravs.modeling.encoders.visual.imagenet_classes import TABLE, imagenet_indices, parse_indices

ANCHORS = {  # names of ImageNet's classes, taken from the synsets of timm 1.0.31
    "airplane": {404: "airliner", 895: "warplane"},
    "bee": {308: "fly", 309: "bee"},
    "boat": {472: "canoe", 625: "lifeboat", 724: "pirate", 814: "speedboat", 914: "yawl"},
    "brass": {513: "cornet", 566: "French horn", 875: "trombone"},
    "car": {436: "beach wagon", 468: "cab", 511: "convertible", 627: "limousine", 817: "sports car"},
    "cat": {281: "tabby", 285: "Egyptian cat"},
    "cow": {345: "ox", 346: "water buffalo", 347: "bison"},
    "cricket": {311: "grasshopper", 312: "cricket"},
    "deer": {351: "hartebeest", 353: "gazelle"},
    "dog": {151: "Chihuahua", 207: "golden retriever", 268: "Mexican hairless", 273: "dingo"},
    "drum": {541: "drum", 542: "drumstick", 822: "steel drum"},
    "duck": {97: "drake", 98: "red-breasted merganser"},
    "elephant": {101: "tusker", 385: "Indian elephant", 386: "African elephant"},
    "frog": {30: "bullfrog", 31: "tree frog", 32: "tailed frog"},
    "goat": {350: "ibex"},
    "guitar": {402: "acoustic guitar", 420: "banjo", 546: "electric guitar"},
    "hammer": {587: "hammer"},
    "hen": {8: "hen"},
    "horse": {339: "sorrel", 603: "horse cart"},
    "lion": {291: "lion"},
    "monkey": {365: "orangutan", 382: "squirrel monkey", 384: "indri"},
    "owl": {24: "great grey owl"},
    "parrot": {87: "African grey", 88: "macaw", 90: "lorikeet"},
    "phone": {487: "cellular telephone", 528: "dial telephone", 707: "pay-phone"},
    "piano": {579: "grand piano", 881: "upright"},
    "pig": {341: "hog", 342: "wild boar", 343: "warthog"},
    "sheep": {348: "ram", 349: "bighorn"},
    "songbird": {10: "brambling", 15: "robin", 18: "magpie", 20: "water ouzel"},
    "train": {466: "bullet train", 547: "electric locomotive", 565: "freight car", 820: "steam locomotive"},
    "truck_bus": {555: "fire engine", 779: "school bus", 867: "trailer truck", 874: "trolleybus"},
    "violin_cello": {486: "cello", 889: "violin"},
    "woodwind": {432: "bassoon", 558: "flute", 683: "oboe", 684: "ocarina", 699: "panpipe", 776: "sax"},
    "zebra": {340: "zebra"},
    "tractor": {866: "tractor"},
    "accordion": {401: "accordion"},
    "worn": {399: "abaya", 906: "Windsor tie"},
}
TRAPS = {  # names that mislead
    "brass": {458: "memorial tablet"},
    "violin_cello": {456: "bow, a weapon"},
    "mouse": {673: "a computer's"},
    "lion": {150: "sea lion"},
    "dog": {269: "timber wolf", 274: "dhole", 276: "hyena"},
    "pig": {338: "guinea pig", 719: "piggy bank"},
    "bee": {92: "bee eater"},
    "car": {565: "freight car", 705: "passenger car"},
}
LIBRARY_CLASSES = Path(ravs.__file__).parent / "data" / "library" / "builder" / "table" / "classes.csv"
LACKING = {"person", "crow", "donkey", "scissors"}


@pytest.mark.parametrize("name", ANCHORS)
def test_a_class_has_the_indices_of_what_shows_it(name):
    assert set(ANCHORS[name]) <= set(imagenet_indices()[name])


@pytest.mark.parametrize("name", TRAPS)
def test_a_class_leaves_out_what_only_sounds_like_it(name):
    assert not set(TRAPS[name]) & set(imagenet_indices()[name])


def test_no_index_belongs_to_two_classes_and_all_are_imagenets():
    counts = Counter(index for indices in imagenet_indices().values() for index in indices)
    assert set(counts.values()) == {1}
    assert set(counts) <= set(range(1000))


def test_only_classes_that_imagenet_lacks_have_no_index():
    assert {name for name, indices in imagenet_indices().items() if not indices} == LACKING


def test_the_librarys_classes_come_first_in_its_order():
    with LIBRARY_CLASSES.open(encoding="utf-8", newline="") as file:
        names = [row["class"] for row in csv.DictReader(file)]
    assert list(imagenet_indices())[: len(names)] == names


def test_all_breeds_of_dog_are_dogs():
    assert set(range(151, 269)) <= set(imagenet_indices()["dog"])


def test_every_row_has_a_name_of_its_own_and_a_reason():
    rows = [line.split(",") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    assert [len(row) for row in rows] == [3] * len(rows)
    assert all(name and reason for name, _, reason in rows)
    assert len({name for name, _, _ in rows}) == len(rows) == len(imagenet_indices())


@pytest.mark.parametrize(
    ("text", "indices"), [("", ()), ("7", (7,)), ("151-153", (151, 152, 153)), ("7;151-152;9", (7, 151, 152, 9))]
)
def test_ranges_include_both_ends(text, indices):
    assert parse_indices(text) == indices
