"""Composed sets in AVSBench-semantic's format."""

import csv
import json
import wave

import numpy as np
import pytest
from PIL import Image

from ravs.data.composition.clip_writer import ComposedSetSettings
from ravs.data.composition.composed_clip import composed_clips
from ravs.data.composition.formats.avss_format import AvssFormat
from ravs.data.composition.formats.base import compose_published_set
from ravs.data.datasets.find_dataset import find_dataset
from ravs.structures.palette import voc_color

SUBSETS = ("ss", "ms", "msmi", "negative")


@pytest.fixture(scope="module")
def root(library, tmp_path_factory):
    out = tmp_path_factory.mktemp("avss")
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    assert compose_published_set(out, library, settings, AvssFormat(), subsets=SUBSETS, count=1) == (4, 0)
    return out


def test_a_clip_is_a_folder_of_five_frames_two_kinds_of_labels_and_audio(root):
    parts = [f"{name}/{i}" for name in ("frames", "labels_rgb", "labels_semantic") for i in range(5)]
    expected = {f"{part}.{'jpg' if part.startswith('f') else 'png'}" for part in parts} | {"audio.wav"}
    for subset in SUBSETS:
        folder = root / subset / f"{subset}_000"
        assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == expected


def test_the_table_has_uid_split_and_label_where_loaders_that_read_by_position_look_for_them(root):
    header, *rows = csv.reader((root / "metadata.csv").read_text().splitlines())
    assert header == ["vid", "uid", "start_s", "end_s", "a_obj", "split", "label"]
    assert sorted((row[1], row[5], row[6]) for row in rows) == sorted((f"{s}_000", "val", s) for s in SUBSETS)


def test_labels_hold_the_masks_of_the_clip_as_indices_and_as_colors(root, library):
    for subset in SUBSETS:
        (clip,) = composed_clips(library, subset, 1, 3, 32)
        for second in range(5):
            folder = root / subset / f"{subset}_000"
            with Image.open(folder / "labels_semantic" / f"{second}.png") as image:
                assert image.mode == "L"
                np.testing.assert_array_equal(np.array(image), clip.masks[second])
            with Image.open(folder / "labels_rgb" / f"{second}.png") as image:
                colors = np.array(image)
            for index in np.unique(clip.masks[second]):
                assert (colors[clip.masks[second] == index] == voc_color(int(index))).all()
            with Image.open(folder / "frames" / f"{second}.jpg") as image:
                assert np.abs(np.array(image).astype(int) - clip.frames[second]).mean() < 6


def test_the_audio_is_five_seconds_of_16_bit_stereo_at_16_khz(root, library):
    (clip,) = composed_clips(library, "ms", 1, 3, 32)
    with wave.open(str(root / "ms" / "ms_000" / "audio.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16000, 2, 2)
        audio = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T / 32768
    assert audio.shape == (2, 80000)
    seconds = [np.square(one.reshape(2, 5, -1)).mean(axis=-1) for one in (audio, clip.waveform)]
    np.testing.assert_allclose(seconds[0], seconds[1], rtol=0.05, atol=1e-3)  # the same in each channel and second


def test_the_sounding_classes_are_named_in_order_and_none_where_nothing_sounds(root, library):
    rows = {row["uid"]: row["a_obj"] for row in csv.DictReader((root / "metadata.csv").read_text().splitlines())}
    (clip,) = composed_clips(library, "ms", 1, 3, 32)
    sounding = {obj["class"] for obj in clip.info["objects"] if any(obj["sounding_seconds"])}
    assert rows["ms_000"] == "_".join(name for name in library.classes if name in sounding)
    assert rows["negative_000"] == ""


def test_the_keys_of_label2idx_are_the_classes_in_order(root, library):
    assert list(json.loads((root / "label2idx.json").read_text())) == ["background", *library.classes]


def test_the_reader_of_the_real_set_reads_it(root, library):
    found = find_dataset(root)
    assert found.classes == ("background", *library.classes)
    for subset in SUBSETS:
        (entry,) = found.select("val", subset)
        (clip,) = composed_clips(library, subset, 1, 3, 32)
        read = found.read(entry)
        np.testing.assert_array_equal(read.masks, clip.masks)
        assert read.waveform.shape == (2, 80000) and read.sample_rate_hz == 16000
        assert set(entry.sounding) == {t["class"] for t in clip.info["objects"] if any(t["sounding_seconds"])}
