"""VPO on disk: samples, their files, and how recordings are mixed."""

import json

import numpy as np
import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.constants import VPO_VALUES
from ravs.data.datasets.vpo import open_vpo
from ravs.errors import InputError


def faults(root):
    """(file or name, kind, text) of each problem that a check finds."""
    return [(one.path.name, one.kind, one.text) for one in check_dataset(open_vpo(root)).problems]


def test_in_vpo_ss_each_row_is_a_sample_with_its_own_mask(miniature, miniatures):
    opened = open_vpo(miniature("vpo"))
    train = opened.select("train", "VPO-SS")
    assert [entry.name for entry in train] == [f"VPO-SS/{7:012d}_{71:012d}", f"VPO-SS/{7:012d}_{72:012d}"]
    assert [entry.sounding for entry in train] == [("car",), ("airplane",)]
    clip = opened.read(train[0])
    np.testing.assert_array_equal(clip.masks, [miniatures.quarters(0, 5, 1, 255)])  # car, airplane, unknown
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
    assert "VPO-MS: masks 8-bit gray, recordings without positions" in opened.notes


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
    assert opened.published == {}  # a data set of one's own
    assert opened.classes == tuple(names) and entry.sounding == ("car", "airplane")
    with pytest.raises(InputError, match="parts have other classes"):
        open_vpo(root)


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
