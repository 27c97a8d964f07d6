import csv
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.data.library.builder.build import build_library
from ravs.data.library.builder.parts_table import PartsTable
from ravs.data.library.builder.verify import sketch_text
from ravs.data.library.format import read_rows
from ravs.data.library.library import Library
from ravs.media import read_audio


def rewrite(folder, change):
    """The table's rows, each changed."""
    rows = [row | change(row) for row in read_rows(folder / "parts.csv")]
    with (folder / "parts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return PartsTable.read(folder)


def recorded(table, out):
    """The table with hashes and sketches of what was built."""

    def change(row):
        content = (out / row["path"]).read_bytes()
        kind = row["path"].split("/")[0].rstrip("s")
        return {"sha256": hashlib.sha256(content).hexdigest()[:16], "sketch": sketch_text(kind, content)}

    return rewrite(table, change)


def test_a_built_library_can_be_read(table, packages, tmp_path):
    out = tmp_path / "out"
    result = build_library(out, table=PartsTable.read(table), packages=packages)
    assert (result.made, result.kept, result.left_out) == (6, 0, {})
    library = Library.read(out, classes="all")
    assert library.classes == ("bell", "kettle")
    assert library.cutout("cutouts/bell/pd_bell.png").shape == (10, 20, 4)  # the mask's size counts
    assert library.background("backgrounds/pd_hill.jpg").shape == (448, 597, 3)  # short side 448
    assert len(library.sound("sounds/bell/sd_bell.ogg")) == pytest.approx(0.6 * 32000, abs=1000)  # silence is cut
    assert not list(out.rglob("*.part")) and not list(packages.glob(".unpacked*"))


def test_folders_may_be_relative(table, packages, tmp_path, monkeypatch):
    monkeypatch.chdir(packages.parent)
    result = build_library(Path("here"), table=PartsTable.read(table), packages=Path(packages.name))
    assert (result.made, result.left_out) == (6, {})


def test_the_manifest_has_content_and_origin_of_each_file(table, packages, tmp_path):
    build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    rows = {row["path"]: row for row in read_rows(tmp_path / "out" / "manifest.csv")}
    bell = rows["sounds/bell/sd_bell_2.ogg"]
    content = (tmp_path / "out" / "sounds/bell/sd_bell_2.ogg").read_bytes()
    assert bell == {
        "path": "sounds/bell/sd_bell_2.ogg",
        "kind": "sound",
        "class": "bell",
        "tier": "A",
        "split": "train",
        "group": "sd_bell_2",
        "style": "",
        "seconds": "0.50",
        "package": "sounds-data",
        "version": "1:2.0-3",
        "path_in_package": "usr/bells.rcc!in/two.wav",
        "licence": "CC0-1.0",
        "author": "Eve",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert rows["cutouts/kettle/pd_kettle.png"]["tier"] == "B" and rows["ambient/sd_wind.ogg"]["class"] == ""


def test_sounds_come_out_of_their_containers(table, packages, tmp_path):
    build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    for name, hertz in (("sounds/bell/sd_bell", 440), ("sounds/bell/sd_bell_2", 880), ("ambient/sd_wind", 150)):
        samples = read_audio(tmp_path / "out" / f"{name}.ogg", 32000)[0]
        spectrum = np.abs(np.fft.rfft(samples))
        assert np.fft.rfftfreq(len(samples), 1 / 32000)[spectrum.argmax()] == pytest.approx(hertz, abs=3)


def test_a_second_build_keeps_existing_files_and_makes_missing_ones(table, packages, tmp_path):
    out = tmp_path / "out"
    build_library(out, table=PartsTable.read(table), packages=packages)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*g")}
    (out / "sounds/bell/sd_bell.ogg").unlink()
    shutil.rmtree(out / "backgrounds")
    steps = []
    result = build_library(
        out, table=PartsTable.read(table), packages=packages, progress=lambda *step: steps.append(step)
    )
    assert (result.made, result.kept) == (2, 4) and steps == [(5, 6), (6, 6)]
    assert len(read_rows(out / "manifest.csv")) == 6
    after = {path: path.stat().st_mtime_ns for path in before}
    assert sum(after[path] == before[path] for path in before) == 4


def test_a_complete_library_needs_no_package(table, packages, tmp_path):
    out = tmp_path / "out"
    build_library(out, table=PartsTable.read(table), packages=packages)
    again = build_library(out, table=PartsTable.read(table), packages=tmp_path / "empty")
    assert (again.made, again.kept, again.left_out) == (0, 6, {})


def test_a_missing_package_is_fetched_once_and_kept(table, packages, tmp_path):
    shutil.rmtree(tmp_path / "mirror")
    packages.rename(tmp_path / "mirror")
    result = build_library(tmp_path / "out", table=PartsTable.read(table))
    assert result.made == 6
    assert (tmp_path / "mirror" / "asked").read_text().split() == ["pictures-data", "sounds-data"]
    kept = sorted(path.name for path in (tmp_path / "out" / ".packages").iterdir())
    assert kept == ["pictures-data_1.0-1_all.deb", "sounds-data_2.0-3_all.deb"]


def test_files_of_an_unavailable_package_are_left_out_and_the_rest_is_built(table, packages, tmp_path):
    (packages / "sounds-data_2.0-3_all.deb").unlink()
    out = tmp_path / "out"
    result = build_library(out, table=PartsTable.read(table), packages=packages)
    assert result.made == 3 and not result.complete
    (line,) = [line for line in result.as_text().splitlines() if "left out" in line]
    assert line == (
        "sounds-data 1:2.0-3 is not available (Version '1:2.0-3' for 'sounds-data' was not found): "
        "3 files are left out (sounds/bell 2, ambient 1; see left_out.csv)"
    )
    rows = read_rows(out / "left_out.csv")
    assert [row["path"] for row in rows] == [
        "sounds/bell/sd_bell.ogg",
        "sounds/bell/sd_bell_2.ogg",
        "ambient/sd_wind.ogg",
    ]
    assert len(read_rows(out / "manifest.csv")) == 3


def test_left_out_files_are_made_once_their_package_is_available(table, packages, tmp_path):
    (packages / "sounds-data_2.0-3_all.deb").rename(tmp_path / "sounds-data_2.0-3_all.deb")
    build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    (tmp_path / "sounds-data_2.0-3_all.deb").rename(packages / "sounds-data_2.0-3_all.deb")
    result = build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    assert (result.made, result.kept, result.left_out) == (3, 3, {})
    assert not (tmp_path / "out" / "left_out.csv").exists()


@pytest.mark.parametrize("at_hand", [True, False], ids=["in the folder", "from apt"])
def test_only_the_same_content_is_taken_from_another_version_of_a_package(at_hand, table, packages, tmp_path):
    build_library(tmp_path / "known", table=PartsTable.read(table), packages=packages)
    recorded(table, tmp_path / "known")  # the table knows what it holds, but for a hill of the other version
    rewrite(table, lambda row: {"sha256": "0" * 16, "sketch": "AAAA"} if "pd_hill" in row["path"] else {})
    (table / "packages.csv").write_text("package,version\npictures-data,1.0-2\nsounds-data,1:2.0-3\n")
    if not at_hand:
        shutil.rmtree(tmp_path / "mirror")
        packages.rename(tmp_path / "mirror")
    result = build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    assert (result.made, result.differing) == (5, ())
    assert result.left_out == {"pictures-data 1.0-1, in place of 1.0-2, has other files": ("backgrounds/pd_hill.jpg",)}


def test_a_missing_program_leaves_out_what_needs_it_and_names_its_package(table, packages, tmp_path, stand_ins):
    (stand_ins / "rsvg-convert").unlink()
    if shutil.which("rsvg-convert"):
        pytest.skip("this machine has the program")
    result = build_library(tmp_path / "out", table=PartsTable.read(table), packages=packages)
    assert result.made == 5
    (reason,) = result.left_out
    assert reason.startswith("rsvg-convert is not installed and cannot be fetched:") and reason.endswith(
        "Install librsvg2-bin"
    )
    assert result.left_out[reason] == ("cutouts/kettle/pd_kettle.png",)


def test_a_file_that_its_package_lacks_is_named(table, packages, tmp_path):
    changed = rewrite(table, lambda row: {"source": row["source"].replace("two.wav", "ten.wav")})
    result = build_library(tmp_path / "out", table=changed, packages=packages)
    assert result.made == 5
    assert "usr/bells.rcc!in/ten.wav: cannot be taken out of its package" in result.as_text()


def test_the_same_bytes_are_reported_as_the_same(table, packages, tmp_path):
    out = tmp_path / "out"
    build_library(out, table=PartsTable.read(table), packages=packages)
    result = build_library(out, table=recorded(table, out), packages=packages)
    assert result.complete
    assert result.as_text().splitlines() == [
        f"{out}: 0 files made, 6 kept",
        "cutout: 2 the same bytes",
        "background: 1 the same bytes",
        "sound: 2 the same bytes",
        "ambient: 1 the same bytes",
    ]


def test_other_bytes_of_the_same_image_are_distinguished_from_another_image(table, packages, tmp_path):
    out = tmp_path / "out"
    build_library(out, table=PartsTable.read(table), packages=packages)
    known = recorded(table, out)
    image = Image.open(out / "backgrounds/pd_hill.jpg")
    image.save(out / "backgrounds/pd_hill.jpg", quality=70)
    result = build_library(out, table=known, packages=packages)
    assert result.complete and "background: 1 the same content in other bytes" in result.as_text()
    assert "another version of Pillow, FFmpeg or libvorbis wrote them" in result.as_text()
    image.rotate(180).point(lambda value: 255 - value).save(out / "backgrounds/pd_hill.jpg")
    result = build_library(out, table=known, packages=packages)
    assert not result.complete
    assert result.as_text().splitlines()[-1] == "content differs from the table's: backgrounds/pd_hill.jpg"
