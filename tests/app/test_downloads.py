import json
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from ravs.app.downloads import DOWNLOADS, write_download
from ravs.errors import InputError
from ravs.inference.outputs.format_files import FORMAT_FILES
from ravs.media import probe


def test_every_format_that_can_be_written_can_be_taken():
    assert set(DOWNLOADS) == {*FORMAT_FILES, "all"}


@pytest.mark.parametrize("name", [name for name in DOWNLOADS if name != "all"])
def test_each_format_is_one_file_alone_in_its_folder(visit, name):
    file = write_download(visit, name)
    assert list(file.parent.iterdir()) == [file]
    assert file.name.startswith("my street") and file.stat().st_size > 0
    assert file.is_relative_to(visit.folder)


def test_the_document_has_the_name_of_the_video(visit):
    file = write_download(visit, "json")
    assert file.name == "my street.json"
    assert json.loads(file.read_text())["source"]["name"] == "my street.mp4"


def test_several_files_come_in_an_archive(visit):
    with ZipFile(write_download(visit, "masks")) as archive:
        assert archive.namelist() == [f"masks/{index:06d}.png" for index in range(3)]
        with archive.open("masks/000000.png") as file:
            np.testing.assert_array_equal(np.asarray(Image.open(file)), visit.prediction[0].labels)


@pytest.mark.parametrize(("name", "suffix"), [("overlay", ".mp4"), ("matte", ".mp4"), ("alpha", ".mov")])
def test_videos_are_as_long_as_what_was_segmented(visit, name, suffix):
    file = write_download(visit, name, "spotlight")
    assert file.suffix == suffix
    assert float(probe(file).duration_s) == pytest.approx(3, abs=0.2)


def test_all_is_a_result_folder(visit, tmp_path):
    from ravs.inference.segment_job.render_job import load_result

    with ZipFile(write_download(visit, "all")) as archive:
        archive.extractall(tmp_path / "my street")
    assert load_result(tmp_path / "my street").events == visit.prediction.events
    assert (tmp_path / "my street" / "overlay.mp4").is_file()


@pytest.mark.parametrize("name", ["", "exe", "../source", "overlay.mp4"])
def test_what_is_no_format_is_refused(visit, name):
    with pytest.raises(InputError, match="no format"):
        write_download(visit, name)


def test_an_unknown_effect_is_refused(visit):
    with pytest.raises(InputError, match="effect is 'sepia'"):
        write_download(visit, "overlay", "sepia")
