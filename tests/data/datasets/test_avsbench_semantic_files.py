"""Layouts of AVSBench-semantic and VPO by later papers: read, or refused with what to rename."""

import csv
import shutil

import numpy as np
import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.media import read_audio, write_wav


@pytest.fixture
def published(miniature, tmp_path):
    return miniature("avss", folder=tmp_path / "avss", subsets=("v1s", "v1m"))


def as_ddeseg(root, header=("vid", "uid", "s_min", "s_sec", "a_obj", "split", "label")):
    """Turns a set into DDESeg's layout: a row and a wav for each labelled frame."""
    with (root / "metadata.csv").open(newline="") as file:
        videos = list(csv.reader(file))[1:]
    rows = []
    for vid, uid, *middle, split, subset in videos:
        home = root / subset / uid
        whole = read_audio(home / "audio.wav", 16000)
        (home / "audios").mkdir()
        for mask in sorted((home / "labels_semantic").iterdir(), key=lambda path: int(path.stem)):
            second = int(mask.stem)
            rows.append((vid, f"{uid}_{second}", *middle, split, subset))
            write_wav(home / f"audios/{second}.wav", whole[:, second * 16000 : (second + 1) * 16000], 16000)
        (home / "audio.wav").unlink()
    with (root / "metadata_w_silent.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    (root / "metadata.csv").unlink()
    return root


def test_ddesegs_layout_reads_as_the_published_one(published, tmp_path):
    before = find_dataset(shutil.copytree(published, tmp_path / "before"))
    root = as_ddeseg(published)
    after = find_dataset(root)
    assert check_dataset(after).problems == ()
    assert (after.title, after.classes) == (before.title, before.classes)
    assert any("a row and a wav for each frame" in line for line in after.notes)
    assert [entry.name for entry in after.entries] == [entry.name for entry in before.entries]
    for one, other in zip(before.entries, after.entries, strict=True):
        if (one.subset, one.split) != ("v1s", "train"):  # whose labelled second alone has a row
            assert (one.split, one.subset, one.sounding) == (other.split, other.subset, other.sounding)
            first, second = before.read(one), after.read(other)
            for name in ("frames", "masks", "waveform", "times_s", "sample_rate_hz"):
                np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_seconds_of_ddesegs_layout_that_have_no_row_are_not_labelled(published, miniatures):
    root = as_ddeseg(published)
    entry = find_dataset(root).select("train", "v1s")[0]
    assert len(entry.frames) == 1  # the other images have no audio
    for second in range(1, 5):
        miniatures.save_audio(entry.sources[0].path.with_name(f"{second}.wav"), 0.25, 1)
    clip = find_dataset(root).read(find_dataset(root).select("train", "v1s")[0])
    assert [bool((mask == 255).all()) for mask in clip.masks] == [False, True, True, True, True]


def test_s4_of_ddesegs_layout_is_its_v1s_and_columns_may_have_other_names(published):
    root = as_ddeseg(published, "abcdefg")
    found = find_dataset(root, "s4")
    assert found.binary and {entry.name.split("/")[0] for entry in found.entries} == {"v1s"}


def test_audio_of_ddesegs_layout_that_is_short_or_missing_is_named_and_none_is_extracted(published, miniatures):
    root = as_ddeseg(published)
    first, second = (root / f"v1m/v1mval_0_5000/audios/{number}.wav" for number in (1, 2))
    miniatures.save_audio(first, 0.1, 0.5)
    second.unlink()
    found = {one.path: one.text for one in check_dataset(find_dataset(root)).problems}
    assert found == {first: "0.50 s of sound for 1 s of frames", second: "missing (sound)"}


def test_a_row_without_the_number_of_a_frame_is_named(published):
    root = as_ddeseg(published)
    table = root / "metadata_w_silent.csv"
    table.write_text(table.read_text().replace("v1strain_0_5000_0,", "frame,"))
    with pytest.raises(InputError, match=r"uid 'frame' does not end in the number of a frame"):
        find_dataset(root)


def test_where_both_tables_are_there_the_published_one_counts(published):
    (published / "metadata_w_silent.csv").write_text("vid,uid,a,b,a_obj,split,label\n")
    assert len(find_dataset(published).entries) == 6 and not find_dataset(published).by_frame


@pytest.mark.parametrize("end", ["", "_384"])
def test_processed_frames_alone_say_what_to_rename(published, end):
    for home in published.glob("v*/*"):
        (home / "frames").rename(home / f"processed_frames{end}")
        (home / "labels_semantic").rename(home / f"processed_labels_semantic{end}")
        (home / "audio.wav").rename(home / "audio.pkl")
    message = (
        rf"has no frames, but processed_frames{end}, which COMBO and VCT make .*rename processed_frames{end} to frames "
        rf"and processed_labels_semantic{end} to labels_semantic in every video, and fetch audio\.wav"
    )
    with pytest.raises(InputError, match=message):
        find_dataset(published)


def test_processed_frames_beside_the_published_ones_are_no_fault(published):
    for home in published.glob("v*/*"):
        shutil.copytree(home / "frames", home / "processed_frames")
    assert check_dataset(find_dataset(published)).problems == ()


def test_ddesegs_copy_of_vpo_says_how_to_convert_it(tmp_path):
    (tmp_path / "vpo").mkdir()
    (tmp_path / "vpo/vpo_data_clean.csv").write_text("uid,frame,mask,split,type\n")
    with pytest.raises(InputError, match=r"of DDESeg's copy of VPO, which is not read: .*from stereo_audio\.wav"):
        find_dataset(tmp_path)
