"""Composed sets in published formats: what both formats have in common."""

import csv
import json

import cv2
import numpy as np
import pytest

import ravs.data.composition.formats.base as published_format
from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.composition.formats.avss_format import AvssFormat
from ravs.data.composition.formats.base import compose_published_set, encode_jpeg, encode_png, label_indices
from ravs.data.composition.formats.vpo_format import VpoFormat
from ravs.data.composition.request import ComposeRequest, run_request
from ravs.errors import InputError, RavsError

SETTINGS = ComposedSetSettings(split="val", seed=3, size=32, classes=("bell", "horn", "drum", "whistle"), licence="any")


def publish(out, library, form, subsets=("ss", "ms"), count=2, **more):
    return compose_published_set(out, library, SETTINGS, form, subsets=subsets, count=count, **more)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", [AvssFormat(), VpoFormat()], ids=["avss", "vpo"])
def test_a_resumed_run_ends_with_the_same_bytes_and_keeps_finished_clips(form, library, tmp_path, monkeypatch):
    publish(tmp_path / "whole", library, form)
    once, write = [], type(form).write

    def breaks(self, *args):
        if len(once) == 3:
            raise KeyboardInterrupt
        once.append(args[-1])
        return write(self, *args)

    monkeypatch.setattr(type(form), "write", breaks)
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path / "cut", library, form)
    monkeypatch.setattr(type(form), "write", write)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "cut").rglob("*.jpg")}
    calls = []
    assert publish(tmp_path / "cut", library, form, progress=lambda *done: calls.append(done)) == (1, 0)
    assert calls == [(4, 4)]
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert not list((tmp_path / "cut").rglob("*.part"))


def test_a_second_run_that_would_lose_rows_of_the_first_is_refused(library, tmp_path, monkeypatch):
    write, refused = AvssFormat.write, []

    def meanwhile(self, *args):
        with pytest.raises(RavsError, match="another run composes into it"):
            publish(tmp_path, library, AvssFormat(), subsets=("ms",), count=1)
        refused.append(args)
        return write(self, *args)

    monkeypatch.setattr(AvssFormat, "write", meanwhile)
    publish(tmp_path, library, AvssFormat(), subsets=("ss",), count=1)
    assert len(refused) == 1
    assert (tmp_path / "metadata.csv").read_text().count("ss_000") == 2  # vid and uid


def test_a_killed_run_has_the_metadata_of_all_but_the_last_few_clips(library, tmp_path, monkeypatch):
    monkeypatch.setattr(published_format, "SAVE_EVERY", 1)
    tables = []
    for count in (1, 2):
        monkeypatch.setattr(
            published_format.MetadataTables, "write", write_and_note(published_format.MetadataTables.write, tables)
        )
        publish(tmp_path, library, AvssFormat(), subsets=("ss",), count=count)
        monkeypatch.undo()
        monkeypatch.setattr(published_format, "SAVE_EVERY", 1)
    assert tables == [1, 1, 2, 2]  # after each clip, and at the end of each run


def write_and_note(write, tables):
    def noted(self):
        write(self)
        tables.append(sum(len(list(csv.DictReader(path.read_text().splitlines()))) for path in self.rows))

    return noted


@pytest.mark.slow
def test_two_processes_publish_the_same_bytes_as_one(library, tmp_path):
    for jobs in (1, 2):
        assert publish(tmp_path / str(jobs), library, AvssFormat(), subsets=("ms",), jobs=jobs) == (2, 0)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_more_clips_leave_the_rows_of_the_first_as_they_are(library, tmp_path):
    publish(tmp_path, library, AvssFormat(), subsets=("ss",), count=1)
    (first,) = csv.DictReader((tmp_path / "metadata.csv").read_text().splitlines())
    assert publish(tmp_path, library, AvssFormat(), subsets=("ss", "negative"), count=2) == (3, 0)
    rows = {row["uid"]: row for row in csv.DictReader((tmp_path / "metadata.csv").read_text().splitlines())}
    assert list(rows) == ["ss_000", "ss_001", "negative_000", "negative_001"]
    assert rows["ss_000"] == first


def test_classes_are_keys_in_order_with_values_from_one_and_hyphens():
    indices = json.loads(label_indices(("violin_cello", "car")))
    assert list(indices.items()) == [("background", 1), ("violin-cello", 2), ("car", 3)]


def test_images_are_written_in_rgb_order():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    for file in (encode_jpeg(red, 95), encode_png(red)):
        blue, green, most = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[8, 8].astype(int)
        assert abs(most - 200) < 4 and blue < 4 and green < 4
    mask = np.array([[0, 33], [59, 255]], np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(encode_png(mask), np.uint8), cv2.IMREAD_UNCHANGED), mask)


def test_formats_are_not_mixed_in_one_folder(library, tmp_path):
    publish(tmp_path, library, VpoFormat(), subsets=("ss",), count=1)
    with pytest.raises(InputError, match=r"another form \(composed_vpo.json\): name another folder"):
        compose_set(tmp_path, library, SETTINGS, subsets=("ss",), count=1)
    with pytest.raises(InputError, match="another form"):
        publish(tmp_path, library, AvssFormat())


def test_a_request_names_the_format_and_only_its_subsets(library_root, tmp_path):
    request = ComposeRequest(library=library_root, subsets=("ss",), count=1, size=32, form="avss")
    assert run_request(request, out=tmp_path, sheet=None) == [f"{tmp_path}: 1 clips made, 0 kept"]
    assert (tmp_path / "ss" / "ss_000" / "audio.wav").exists()
    with pytest.raises(InputError, match="no subset 'negative' of form vpo; subsets are ss, ms, msmi"):
        ComposeRequest(library=library_root, form="vpo", subsets=("negative",))
    with pytest.raises(InputError, match="no form 'vop'; forms are clips, avss, vpo"):
        ComposeRequest(library=library_root, form="vop")
