"""AVSBench-semantic on disk, and its v1s and v1m as S4 and MS3."""

import shutil

import numpy as np
import pytest
from PIL import Image

from ravs.config.labels import AVSS_CLASSES
from ravs.data.datasets.avsbench_semantic import open_avsbench_semantic
from ravs.errors import InputError
from ravs.structures.palette import voc_color


@pytest.mark.parametrize("labels", ["labels_semantic", "labels_rgb"])
def test_values_and_colors_read_as_the_same_classes(miniature, miniatures, labels):
    opened = open_avsbench_semantic(miniature("avss", labels=labels))
    (entry,) = opened.select("val", "v2")
    clip = opened.read(entry)
    assert clip.frames.shape == (10, 24, 24, 3) and clip.waveform.shape == (1, 160000)
    np.testing.assert_array_equal(clip.masks, [miniatures.quarters(0, 70, 17, 1, size=24)] * 10)
    assert entry.sounding == ("woman", "dog", "accordion") and clip.times_s[-1] == 9.9375
    assert f"in {labels}" in opened.notes[-1]


def test_each_video_is_read_from_the_labels_that_it_has(miniature, tmp_path):
    root = miniature("avss", subsets=("v1m",))
    other = miniature("avss", subsets=("v1m",), labels="labels_rgb", folder=tmp_path / "other")
    for split, emptied in (("train", False), ("val", True)):  # the first video, and one whose preferred folder is empty
        home = root / f"v1m/v1m{split}_0_5000"
        shutil.rmtree(home / "labels_semantic")
        (other / f"v1m/v1m{split}_0_5000/labels_rgb").rename(home / "labels_rgb")
        if emptied:
            (home / "labels_semantic").mkdir()
    opened = open_avsbench_semantic(root)
    assert [np.unique(opened.read(entry).masks).tolist() for entry in opened.entries] == [[0, 1, 17, 70]] * 3
    assert opened.notes[-2:] == (
        "v1m: masks color, in labels_rgb of 2 videos",
        "v1m: masks 8-bit gray, in labels_semantic of 1 video",
    )


def test_a_class_that_the_metadata_name_twice_sounds_once(miniature):
    root = miniature("avss", subsets=("v1m",))
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace("woman_dog_accordion", "woman_dog_woman"))
    assert {entry.sounding for entry in open_avsbench_semantic(root).entries} == {("woman", "dog")}


def test_without_label2idx_the_classes_are_the_published_ones(miniature):
    root = miniature("avss", subsets=("v1m",))
    opened = open_avsbench_semantic(root)
    assert opened.classes == AVSS_CLASSES and opened.classes[70] == "woman"  # its value there is 71
    (root / "label2idx.json").unlink()
    assert open_avsbench_semantic(root).classes == AVSS_CLASSES


def test_clips_keep_five_and_ten_seconds_and_labels_of_first_frames_only(miniature):
    opened = open_avsbench_semantic(miniature("avss"))
    lengths = {entry.subset: len(entry.frames) for entry in opened.entries}
    assert lengths == {"v1s": 5, "v1m": 5, "v2": 10}
    labelled = {(entry.subset, entry.split): sum(mask is not None for mask in entry.masks) for entry in opened.entries}
    assert labelled[("v1s", "train")] == 1
    assert [labelled[("v1s", "val")], labelled[("v1m", "train")], labelled[("v2", "train")]] == [5, 5, 10]
    (entry,) = opened.select("train", "v1s")
    assert (opened.read(entry).masks[1:] == 255).all()


def test_as_s4_and_ms3_everything_but_background_is_sounding(miniature, miniatures):
    opened = open_avsbench_semantic(miniature("avss"), binary=True)
    assert opened.binary and {entry.subset for entry in opened.entries} == {"s4", "ms3"}
    (entry,) = opened.select("test", "ms3")
    np.testing.assert_array_equal(opened.read(entry).masks[0], miniatures.quarters(0, 1, 1, 1, size=24))
    assert opened.published[("ms3", "val")] == 64


def test_pixels_to_ignore_stay_ignored_in_both_views(miniature, miniatures):
    root = miniature("avss")
    for binary, woman in ((False, 70), (True, 1)):
        opened = open_avsbench_semantic(root, binary=binary)
        entry = next(entry for entry in opened.entries if entry.name.startswith("v1m"))
        miniatures.save_mask(entry.masks[0], miniatures.quarters(0, 255, 70, 0, size=24), "P")
        wanted = miniatures.quarters(0, 255, woman, 0, size=24)
        np.testing.assert_array_equal(opened.read(entry).masks[0], wanted)


@pytest.mark.parametrize(("labels", "read"), [("labels_semantic", 1), ("labels_rgb", 17)])
def test_indexed_masks_are_read_by_value_in_labels_semantic_and_by_color_in_labels_rgb(miniature, labels, read):
    opened = open_avsbench_semantic(miniature("avss", subsets=("v1m",), labels=labels))
    image = Image.new("P", (24, 24), 1)
    image.putpalette([0, 0, 0, *voc_color(17)])  # index 1 is painted as a dog
    image.save(opened.entries[0].masks[0])
    assert (opened.read(opened.entries[0]).masks[0] == read).all()


def test_a_set_with_subsets_of_its_own_is_as_long_as_its_folders(miniature):
    root = miniature("avss", subsets=("v1m",))
    (root / "v1m").rename(root / "msmi")
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace(",v1m\n", ",msmi\n"))
    opened = open_avsbench_semantic(root)
    assert {entry.subset for entry in opened.entries} == {"msmi"} and opened.published == {}
    assert [path.name for path in opened.entries[0].frames] == [f"{second}.jpg" for second in range(5)]
    assert opened.read(opened.entries[0]).masks.max() == 70
    with pytest.raises(InputError, match="names no video of v1s or v1m"):
        open_avsbench_semantic(root, binary=True)


def test_columns_are_found_by_name_in_any_order_else_by_position(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    by_name = [entry.name for entry in open_avsbench_semantic(root).entries]
    rows = [line.split(",") for line in (root / "metadata.csv").read_text().splitlines()]
    miniatures.save_table(root / "metadata.csv", *(row[::-1] for row in rows))
    assert [entry.name for entry in open_avsbench_semantic(root).entries] == by_name
    miniatures.save_table(root / "metadata.csv", "abcdefg", *rows[1:])
    assert [entry.name for entry in open_avsbench_semantic(root).entries] == by_name
    miniatures.save_table(root / "metadata.csv", *rows[1:])  # no header at all
    assert [entry.name for entry in open_avsbench_semantic(root).entries] == by_name


def test_a_table_that_does_not_fit_is_named_with_its_line(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    table = root / "metadata.csv"
    table.write_text(table.read_text().replace(",val,", ",valid,"))
    with pytest.raises(InputError, match=r"metadata\.csv, line 3: split 'valid' is none of train, val, test"):
        open_avsbench_semantic(root)
    miniatures.save_table(table, ("uid", "split"), ("a", "val"))
    with pytest.raises(InputError, match=r"metadata\.csv, line 2: has 2 columns, too few"):
        open_avsbench_semantic(root)


def test_a_pickle_in_place_of_the_audio_is_not_loaded(miniature):
    opened = open_avsbench_semantic(miniature("avss", subsets=("v1m",)))
    wav = opened.entries[0].sources[0].path
    wav.rename(wav.with_suffix(".pkl"))
    with pytest.raises(InputError, match=r"audio\.pkl is a pickled log-mel"):
        opened.read(opened.entries[0])
