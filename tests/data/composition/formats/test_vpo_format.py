"""Composed sets in VPO's format."""

import csv
import json
import wave
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ravs.data.composition.clip_plan import plan_clip
from ravs.data.composition.clip_writer import ComposedSetSettings
from ravs.data.composition.composed_clip import composed_clips
from ravs.data.composition.dry_track import pan
from ravs.data.composition.formats.base import compose_published_set
from ravs.data.composition.formats.vpo_format import RECORDINGS_FOLDER, VpoFormat, labelled_second, three_seconds
from ravs.data.datasets.find_dataset import find_dataset

SUBSETS = ("ss", "ms", "msmi")
COUNT = 2


@pytest.fixture(scope="module")
def root(library, tmp_path_factory):
    out = tmp_path_factory.mktemp("vpo")
    settings = ComposedSetSettings(split="train", seed=3, size=32, classes=library.classes, licence="any")
    assert compose_published_set(out, library, settings, VpoFormat(), subsets=SUBSETS, count=COUNT) == (COUNT * 3, 0)
    return out


def rows_of(root, subset):
    table = root / "VPO" / f"VPO-{subset.upper()}" / f"vpo_{subset}_data_stereo.csv"
    return list(csv.DictReader(table.read_text().splitlines()))


def paths_of(root, subset, row):
    """The paths that the loaders of CAVP compose."""
    folder, image = root / "VPO" / f"VPO-{subset.upper()}", row["img_Id"].zfill(12)
    if subset == "ss":
        mask = f"{image}_{row['ann_Ids'].zfill(12)}.png"
        return folder / "data" / row["cateName"] / f"{image}.jpg", folder / "mask" / row["cateName"] / mask
    return folder / "data" / f"{image}.jpg", folder / "mask" / f"{image}.png"


def read_wav(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 32000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def test_every_row_finds_its_image_mask_and_three_seconds_of_mono(root):
    for subset in SUBSETS:
        rows = rows_of(root, subset)
        assert {row["img_Id"] for row in rows} == {"0", "1"}
        for row in rows:
            image, mask = paths_of(root, subset, row)
            with Image.open(image) as opened, Image.open(mask) as labels:
                assert opened.size == labels.size == (32, 32) and labels.mode == "L"
            assert len(read_wav(root / RECORDINGS_FOLDER / f"{row['vgg_file']}.wav")) == 96000
            assert row["split"] == "train"
    count = sum(len(rows_of(root, subset)) for subset in SUBSETS)
    assert len(list((root / RECORDINGS_FOLDER).iterdir())) == count


def test_a_row_is_an_object_that_sounds_in_the_labelled_second_and_no_other(root, library):
    for subset in SUBSETS:
        for number, clip in enumerate(composed_clips(library, subset, COUNT, 3, 32)):
            rows = [row for row in rows_of(root, subset) if row["img_Id"] == str(number)]
            second = labelled_second(clip, 3, subset, number)
            with Image.open(paths_of(root, subset, rows[0])[1]) as labels:
                np.testing.assert_array_equal(np.array(labels), clip.masks[second])
            sounding = [obj for obj in clip.info["objects"] if obj["sounding_seconds"][second]]
            assert [(row["cateName"], int(row["cateId"])) for row in rows] == [
                (obj["class"], obj["index"]) for obj in sounding
            ]
            assert [float(row["audio_pos"]) for row in rows] == [obj["x"][second] for obj in sounding]
    assert len(rows_of(root, "ss")) == COUNT


def test_the_recordings_panned_and_summed_are_the_clip_without_what_has_no_row(root, library):
    plan = plan_clip(library, "ms", 3, 0)
    (clip,) = composed_clips(library, "ms", 1, 3, 32)
    second = labelled_second(clip, 3, "ms", 0)
    for row in (row for row in rows_of(root, "ms") if row["img_Id"] == "0"):
        (source,) = (one for one in plan.mix.sources if one and one.class_name == row["cateName"])
        ours = pan(source.track, source.x)[:, second * 32000 : (second + 1) * 32000]
        middle = read_wav(root / RECORDINGS_FOLDER / f"{row['vgg_file']}.wav")[32000:64000]
        angle = source.x[second * 100 + 50] * np.pi / 2
        np.testing.assert_allclose(ours[0], np.cos(angle) * middle, atol=0.02)  # objects sway a little


def test_msmi_says_that_its_images_are_in_its_own_folder(root):
    assert all(row["multi_instance"] == "1" for row in rows_of(root, "msmi"))
    assert "multi_instance" not in rows_of(root, "ms")[0]


def test_a_list_of_classes_is_beside_each_table(root, library):
    for subset in SUBSETS:
        names = json.loads((root / "VPO" / f"VPO-{subset.upper()}" / "label2idx.json").read_text())
        assert list(names) == ["background", *library.classes]


def with_sounding(clip, seconds):
    masks = np.zeros_like(clip.masks)
    masks[list(seconds), 4:8] = 1
    return replace(clip, masks=masks)


def test_the_labelled_second_sounds_and_lies_inside_where_it_can(library):
    (clip,) = composed_clips(library, "ss", 1, 3, 32)
    chosen = {labelled_second(with_sounding(clip, (0, 1, 3, 4)), 3, "ss", number) for number in range(40)}
    assert chosen == {1, 3}
    assert {labelled_second(with_sounding(clip, (0, 4)), 3, "ss", number) for number in range(40)} == {0, 4}
    assert labelled_second(with_sounding(clip, ()), 3, "ss", 0) is None


def test_a_clip_in_which_nothing_sounds_is_left_out(library, tmp_path, monkeypatch):
    monkeypatch.setattr("ravs.data.composition.formats.vpo_format.labelled_second", lambda *_: None)
    settings = ComposedSetSettings(split="train", seed=3, size=32, classes=library.classes, licence="any")
    assert compose_published_set(tmp_path, library, settings, VpoFormat(), subsets=("ss",), count=1) == (0, 1)
    assert rows_of(tmp_path, "ss") == []


def test_three_seconds_have_the_labelled_one_in_the_middle_and_silence_outside():
    track = np.repeat(np.arange(1, 6), 32000).astype(np.float32)
    for second, expected in ((0, [0, 1, 2]), (2, [2, 3, 4]), (4, [4, 5, 0])):
        assert three_seconds(track, second).reshape(3, -1).max(axis=1).tolist() == expected


def test_the_reader_of_the_real_set_reads_images_masks_and_the_labelled_second_of_audio(root, library):
    found = find_dataset(root)
    assert found.classes == ("background", *library.classes)
    for subset in SUBSETS:
        entries = found.select("train", f"VPO-{subset.upper()}")
        for number, (entry, clip) in enumerate(
            zip(entries, composed_clips(library, subset, COUNT, 3, 32), strict=True)
        ):
            read, second = found.read(entry), labelled_second(clip, 3, subset, number)
            np.testing.assert_array_equal(read.masks[0], clip.masks[second])
            assert np.abs(read.frames[0].astype(int) - clip.frames[second]).mean() < 6
            sources = [(obj, track) for obj, track in tracks(library, subset, number) if obj.sounding[second]]
            places = [obj["x"][second] for obj in clip.info["objects"] if obj["sounding_seconds"][second]]
            left = sum((1 - x) * track[second] for x, (_, track) in zip(places, sources, strict=True))
            np.testing.assert_allclose(read.waveform[0], left, atol=1e-4)


def tracks(library, subset, number):
    """The sources in a clip, each with its track by seconds."""
    sources = plan_clip(library, subset, 3, number).mix.sources
    return [(obj, obj.track.reshape(5, -1)) for obj in sources if obj]
