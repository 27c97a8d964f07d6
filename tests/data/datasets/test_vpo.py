"""VPO on disk: the rows of a sample, their files, and how recordings are mixed."""

import json

import numpy as np
import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.constants import VPO_VALUES
from ravs.data.datasets.dataset_audio import middle_second
from ravs.data.datasets.vpo import open_vpo
from ravs.errors import InputError


def test_in_vpo_ss_each_row_is_a_sample_with_its_own_mask(miniature, miniatures):
    opened = open_vpo(miniature("vpo"))
    train = opened.select("train", "VPO-SS")
    assert [entry.name for entry in train] == [f"VPO-SS/{7:012d}_{71:012d}", f"VPO-SS/{7:012d}_{72:012d}"]
    assert [entry.sounding for entry in train] == [("car",), ("airplane",)]
    clip = opened.read(train[0])
    np.testing.assert_array_equal(clip.masks, [miniatures.quarters(0, 5, 1, 255)])  # car, airplane, not known
    assert clip.frames.shape == (1, 16, 16, 3) and clip.waveform.shape == (2, 16000) and clip.times_s == [0.5]
    assert opened.classes == tuple(VPO_VALUES) and not opened.binary


def test_val_counts_as_test(miniature):
    opened = open_vpo(miniature("vpo"))
    assert {entry.split for entry in opened.entries} == {"train", "test"}
    assert len(opened.select("test", "VPO-SS")) == 1
    assert opened.published[("VPO-SS", "test")] == 890


def test_val_may_be_asked_for_and_gives_test(miniature):
    opened = open_vpo(miniature("vpo"))
    assert opened.select("val", "VPO-SS") == opened.select("test", "VPO-SS")


def faults(root):
    """(file or name, kind, text) of each problem that a check finds."""
    return [(one.path.name, one.kind, one.text) for one in check_dataset(open_vpo(root)).problems]


@pytest.mark.parametrize("part", ["ms", "msmi"])
def test_a_duplicate_row_is_mixed_once_and_reported(miniature, part):
    root = miniature("vpo")
    table = root / f"VPO/VPO-{part.upper()}/vpo_{part}_data_stereo.csv"
    before = open_vpo(root).select(subset=f"VPO-{part.upper()}")
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    opened = open_vpo(root)
    assert opened.select(subset=f"VPO-{part.upper()}") == before
    assert opened.duplicate_names == (f"VPO-{part.upper()}/{9:012d}",)
    assert faults(root) == [(f"{9:012d}", "twice", "in the metadata more than once")]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("0.25,train", ",train", "audio_pos is empty, so that a recording is at full level in both channels"),
        ("0.25,train", "0.25,val", "rows of one image in test and train; the first counts"),
        ("car,3", "bicycle,2", "cateName 'bicycle', cateId '2' is no class of this set"),
    ],
)
def test_rows_that_do_not_fit_are_reported_with_their_image(miniature, old, new, text):
    root = miniature("vpo")
    assert faults(root) == []
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new))
    ((name, kind, words),) = faults(root)
    image = f"{9:012d}" if "rows" in text else "9"
    assert (name, kind, words) == (table.name, "metadata", f"{text} (image {image})")


def test_rows_of_one_image_are_one_sample_and_are_panned_linearly_before_they_are_summed(miniature):
    opened = open_vpo(miniature("vpo"))
    (entry,) = opened.select(subset="VPO-MS")
    assert entry.sounding == ("car", "airplane") and [source.position for source in entry.sources] == [0.25, 1.0]
    waveform = opened.read(entry).waveform  # car 0.25 at 0.25, airplane 0.5 at 1
    np.testing.assert_array_equal(waveform[0], np.full(16000, 0.75 * 0.25, np.float32))
    np.testing.assert_array_equal(waveform[1], np.full(16000, 0.25 * 0.25 + 0.5, np.float32))


def test_in_mono_recordings_are_summed_at_full_level(miniature):
    opened = open_vpo(miniature("vpo"), stereo=False)
    (entry,) = opened.select(subset="VPO-MS")
    assert [source.position for source in entry.sources] == [None, None]
    np.testing.assert_array_equal(opened.read(entry).waveform, np.full((1, 16000), 0.75, np.float32))


def test_without_audio_pos_a_stereo_set_is_read_in_mono(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    table.write_text(table.read_text().replace("audio_pos", "place"))
    opened = open_vpo(root / "VPO/VPO-MS")
    assert opened.read(opened.entries[0]).waveform.shape == (1, 16000)
    assert "VPO-MS: masks 8-bit grey, recordings without positions" in opened.notes


def test_vpo_msmi_uses_images_of_vpo_ms_if_multi_instance_is_not_set(miniature):
    root = miniature("vpo")
    for opened in (open_vpo(root), open_vpo(root / "VPO/VPO-MSMI")):
        borrowed, own = opened.select(subset="VPO-MSMI")
        assert borrowed.frames[0] == root / f"VPO/VPO-MS/data/{9:012d}.jpg"
        assert borrowed.masks[0] == root / f"VPO/VPO-MS/mask/{9:012d}.png"
        assert own.frames[0].parent == root / "VPO/VPO-MSMI/data" and own.masks[0].parent.parent.name == "VPO-MSMI"
        assert [opened.read(entry).frames.flat[0] for entry in (borrowed, own)] == [90, 100]


@pytest.mark.parametrize("unset", ["", "no", "No", "0.0", "FALSE"])
def test_multi_instance_is_not_set_in_every_spelling(miniature, unset):
    root = miniature("vpo")
    table = root / "VPO/VPO-MSMI/vpo_msmi_data_stereo.csv"
    table.write_text(table.read_text().replace(",train,0", f",train,{unset}"))
    borrowed, own = open_vpo(root).select(subset="VPO-MSMI")
    assert borrowed.frames[0].parent.parent.name == "VPO-MS" and own.frames[0].parent.parent.name == "VPO-MSMI"


def test_without_multi_instance_every_image_is_the_subsets_own(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MSMI/vpo_msmi_data_stereo.csv"
    table.write_text(table.read_text().replace("multi_instance", "other"))
    opened = open_vpo(root).select(subset="VPO-MSMI")
    assert {entry.frames[0].parent.parent.name for entry in opened} == {"VPO-MSMI"}


@pytest.mark.parametrize("place", ["vggsound_bench", "VPO/vggsound_bench", "VPO/VPO-SS/vggsound_bench"])
def test_recordings_are_found_beside_and_inside(miniature, place):
    root = miniature("vpo")
    (root / "vggsound_bench").rename(root / place)
    for folder in ("VPO", "VPO/VPO-SS"):
        opened = open_vpo(root / folder)
        assert opened.read(opened.select(subset="VPO-SS")[0]).waveform.any()


@pytest.mark.parametrize("place", ["vggsound_bench/audios", "VGGSound/audios"])
def test_recordings_are_found_in_the_other_folders_that_people_have(miniature, place):
    root = miniature("vpo")
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / "vggsound_bench/VGGSound/audios").rename(root / place)
    assert faults(root) == []


@pytest.mark.parametrize("place", ["vggsound_bench/wav", "my_sounds/16k/mono/wav"])
def test_where_recordings_lie_elsewhere_both_folders_are_named(miniature, place):
    root = miniature("vpo")
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / "vggsound_bench/VGGSound/audios").rename(root / place)
    expected = root / "vggsound_bench/VGGSound/audios"
    (text,) = [text for name, _, text in faults(root) if name == "audios"]
    assert text == (
        f"the recordings should lie in {expected}, which is not there; found car_000001.wav in {root / place}: move or "
        "link that folder to the first place"
    )


def test_where_a_label2idx_lies_beside_the_table_masks_hold_indices(miniature, miniatures):
    root = miniature("vpo")
    part = root / "VPO/VPO-MS"
    names = ["background", "a", "b", "car", "d", "airplane"]
    table = part / "vpo_ms_data_stereo.csv"
    table.write_text(table.read_text().replace("airplane,5", "a thing that flies,5"))
    (part / "label2idx.json").write_text(json.dumps({name: value for value, name in reversed([*enumerate(names)])}))
    opened = open_vpo(part)
    (entry,) = opened.entries
    np.testing.assert_array_equal(opened.read(entry).masks, [miniatures.quarters(0, 3, 5, 255)])
    assert opened.published == {}  # it is a set of somebody's own
    assert opened.classes == tuple(names) and entry.sounding == ("car", "airplane")
    with pytest.raises(InputError, match="parts have other classes"):
        open_vpo(root)


def test_an_unknown_name_is_replaced_by_the_class_of_its_category(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    table.write_text(table.read_text().replace("car,3", "person,92.0"))
    assert open_vpo(root / "VPO/VPO-MS").entries[0].sounding == ("male", "airplane")


def test_an_object_with_two_recordings_is_two_samples(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-SS/vpo_ss_data_stereo.csv"
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    names = [entry.name for entry in open_vpo(root / "VPO/VPO-SS").entries]
    assert len(set(names)) == 4 and names[-1] == f"VPO-SS/{7:012d}_{71:012d}_2"


def test_the_second_that_is_read_is_the_middle_one():
    np.testing.assert_array_equal(middle_second(np.arange(100, dtype=np.float32), 10), np.arange(45, 55))
    np.testing.assert_array_equal(middle_second(np.arange(30, dtype=np.float32), 10), np.arange(10, 20))


def test_a_recording_shorter_than_three_seconds_is_repeated_from_its_start():
    track = np.arange(12, dtype=np.float32)  # 1.2 s at ten samples a second
    np.testing.assert_array_equal(middle_second(track, 10), [10, 11, 0, 1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(middle_second(np.zeros(0, np.float32), 10), np.zeros(10))


def test_a_position_outside_0_to_1_is_refused(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    for position in ("1.5", "left", "nan"):
        table.write_text(table.read_text().replace(",0.25,", f",{position},"))
        with pytest.raises(InputError, match=f"vpo_ms_data_stereo.csv: audio_pos '{position}' of image 9"):
            open_vpo(root)
        table.write_text(table.read_text().replace(f",{position},", ",0.25,"))


def test_a_missing_recording_and_a_missing_column_are_named(miniature):
    root = miniature("vpo")
    (root / "vggsound_bench/VGGSound/audios/plane_000002.wav").unlink()
    opened = open_vpo(root)
    with pytest.raises(InputError, match=r"plane_000002\.wav is missing"):
        opened.read(opened.select(subset="VPO-MS")[0])
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    table.write_text(table.read_text().replace("vgg_file", "file"))
    with pytest.raises(InputError, match=r"vpo_ms_data_stereo\.csv: has no column vgg_file; its columns are img_Id"):
        open_vpo(root)


def test_a_folder_without_vpo_says_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"holds none of vpo_ss_data_stereo\.csv, vpo_ms"):
        open_vpo(tmp_path)
