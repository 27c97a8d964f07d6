"""Finding the data set in a folder."""

import pytest

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError, NoMatchError


@pytest.mark.parametrize(
    ("name", "title", "count"),
    [("s4", "AVSBench-object", 3), ("ms3", "AVSBench-object", 3), ("avss", "AVSBench-semantic", 9), ("vpo", "VPO", 6)],
)
def test_a_set_is_known_by_its_files_in_the_folder_above_it_too(miniature, tmp_path, name, title, count):
    miniature(name, folder=tmp_path / "sets")
    for root in (tmp_path / "sets", tmp_path) if name == "avss" else (tmp_path / "sets",):
        found = find_dataset(root)
        assert found.title.startswith(title) and len(found.entries) == count
        assert found.read(found.entries[0]).masks.any()


def test_both_halves_of_avsbench_object_are_one_set_and_a_subset_is_half_of_it(miniature):
    miniature("s4")
    root = miniature("ms3")
    assert len(find_dataset(root).entries) == 6
    half = find_dataset(root, "MS3")
    assert {entry.subset for entry in half.entries} == {"ms3"} and len(half.published) == 3
    with pytest.raises(InputError, match=r"has no subset 'v2'; it has ms3, s4"):
        find_dataset(root, "v2")


def test_s4_of_avsbench_semantic_is_its_v1s_with_binary_masks(miniature):
    root = miniature("avss")
    found = find_dataset(root, "S4")
    assert found.binary and {entry.name.split("/")[0] for entry in found.entries} == {"v1s"}
    assert not find_dataset(root, "v1s").binary


def test_a_part_of_vpo_is_found_by_name_and_by_folder(miniature):
    root = miniature("vpo")
    assert {entry.subset for entry in find_dataset(root, "vpo-msmi").entries} == {"VPO-MSMI"}
    assert {entry.subset for entry in find_dataset(root / "VPO/VPO-MS").entries} == {"VPO-MS"}


def test_a_composed_set_is_found(library, tmp_path):
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(tmp_path / "out", library, settings, subsets=("ss",), count=1)
    for root in (tmp_path, tmp_path / "out"):
        found = find_dataset(root, "ss")
        assert found.title == "composed set" and len(found.entries) == 1
        assert found.read(found.entries[0]).masks.shape == (5, 32, 32)


def test_several_sets_in_one_folder_are_listed(miniature, tmp_path):
    miniature("s4")
    miniature("avss", folder=tmp_path / "semantic")
    with pytest.raises(InputError, match=rf"several data sets; name one of {tmp_path}/Single-source, .*/semantic"):
        find_dataset(tmp_path)
    miniature("avss", folder=tmp_path / "two" / "a")
    miniature("avss", folder=tmp_path / "two" / "b")
    with pytest.raises(InputError, match=r"name one of .*/two/a, .*/two/b"):
        find_dataset(tmp_path / "two")


def test_a_folder_that_holds_nothing_known_says_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"holds no data set; looked for composed\.json, s4_meta_data\.csv, .*vpo_ss"):
        find_dataset(tmp_path)
    with pytest.raises(NoMatchError, match="no such folder"):
        find_dataset(tmp_path / "none")
