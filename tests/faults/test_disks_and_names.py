"""Disks that are full or cannot be written, and names that try to leave the folder of the output."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from support.folders import snapshot


@pytest.fixture
def folder(tmp_path, draw_clip):
    """A folder with one clip."""
    draw_clip(tmp_path / "a.mp4", seconds=1.5)
    return tmp_path


@pytest.mark.parametrize(
    "limit", [4000, *(pytest.param(size, marks=pytest.mark.faults) for size in (300, 1000, 12_000))]
)
def test_a_disk_that_fills_up_ends_in_one_line_and_a_second_run_with_room_finishes(commands, folder, limit):
    words = ("segment", "a.mp4", "-f", "overlay,masks,json", "--no-progress", "-m", commands.model)
    full = commands(*words, folder=folder, file_bytes=limit)
    said = [line for line in full.err.splitlines() if line.startswith("a.mp4")]
    assert full.code == 1 and "Traceback" not in full.err, full.err
    assert len(said) == 1 and "cannot be processed" not in said[0], full.err
    assert not (folder / "ravs-out/a/overlay.mp4").exists()
    assert not list(folder.rglob(".*"))
    again = commands(*words, folder=folder)
    assert again.code == 0, again.err
    files = {path.name for path in (folder / "ravs-out/a").iterdir()}
    assert files == {"a.json", "done.json", "masks", "model-output.npz", "overlay.mp4"}


def test_a_folder_that_cannot_be_written_is_one_line_and_nothing_else_changes(commands, folder):
    (folder / "ravs-out").write_text("a file where the folder should be")
    before = snapshot(folder)
    ended = commands("segment", "a.mp4", "-f", "masks", "-m", commands.model, folder=folder)
    assert ended.code == 2 and "Traceback" not in ended.err and "ravs-out" in ended.err, ended.err
    assert snapshot(folder) == before


MORE_NAMES = ("/tmp/outside-of-ravs", "a/../../outside", "..", ".", "", "x" * 300, "a\0b", "con:|?")
NAMES_OUTSIDE = ("../outside", *(pytest.param(name, marks=pytest.mark.faults) for name in MORE_NAMES))


@pytest.mark.parametrize("name", NAMES_OUTSIDE)
def test_labels_whose_names_lead_outside_write_nothing_there(commands, folder, name):
    images = [{"id": 1, "file_name": f"{name}.png", "width": 48, "height": 32}]
    box = {"segmentation": [[0, 0, 9, 0, 9, 9]], "bbox": [0, 0, 9, 9]}
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, **box}]
    labels = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": name}]}
    (folder / "labels.json").write_text(json.dumps(labels))
    outside = {path.name for path in folder.parent.iterdir()}
    ended = commands("datasets", "create", "set", "a.mp4", "--from", "coco", "labels.json", folder=folder)
    assert ended.code in (1, 2, 4) and "Traceback" not in ended.err, ended.err
    assert len(ended.err.splitlines()) == 1, ended.err
    assert {path.name for path in folder.parent.iterdir()} == outside
    assert not Path("/tmp/outside-of-ravs").exists()


@pytest.mark.parametrize("column", ["path", "class"])
@pytest.mark.parametrize("name", NAMES_OUTSIDE)
def test_a_library_whose_manifest_leads_outside_stays_inside(commands, folder, library_root, column, name):
    shutil.copytree(library_root, folder / "library")
    with (folder / "library/manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = name
    with (folder / "library/manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    ended = commands("compose", "out", "--count", "1", "--subset", "ss", "-j", "1", "--size", "32", folder=folder)
    assert ended.code in (0, 1, 2) and "Traceback" not in ended.err, ended.err
    assert len(ended.err.splitlines()) <= 1 or ended.code == 0, ended.err
    assert {path.name for path in folder.iterdir()} <= {"a.mp4", "library", "out"}
