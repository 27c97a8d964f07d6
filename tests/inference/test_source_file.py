"""A source is a path, a file that is open, or bytes in memory."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.inference.source_file import source_file


def test_a_path_is_itself(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"video")
    for given in (tmp_path / "a.mp4", str(tmp_path / "a.mp4")):
        with source_file(given) as path:
            assert path == tmp_path / "a.mp4"


def test_an_open_file_is_the_file_on_disk(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"video")
    with (tmp_path / "a.mp4").open("rb") as file, source_file(file) as path:
        assert path == tmp_path / "a.mp4"


def test_bytes_in_memory_are_copied_from_their_beginning_for_as_long_as_they_are_needed():
    content = io.BytesIO(b"video")
    content.read()
    with source_file(content) as path:
        assert (path.name, path.read_bytes()) == ("stream", b"video")
    assert not path.exists()


def test_a_file_without_a_name_or_whose_name_is_another_files_by_now_is_copied(tmp_path):
    with tempfile.TemporaryFile() as unnamed, source_file(unnamed) as path:
        assert path.name == "stream"
    (tmp_path / "a.mp4").write_bytes(b"old")
    with (tmp_path / "a.mp4").open("rb") as file:
        (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
        (tmp_path / "a.mp4").write_bytes(b"new")
        with source_file(file) as path:
            assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "int is no source"),
        (np.zeros((1, 8, 8, 3), np.uint8), r"ndarray is no source: .*; arrays are given as frames=, waveform="),
        (io.StringIO("video"), "open as text: open it in binary mode"),
        ("https://example.org/a.mp4", r"https://example\.org/a\.mp4 is an address, and none is read: download it"),
        ("", r"'' is a folder: give a file, or a list of files, such as \[\*Path"),
        (".", r"'\.' is a folder: give a file"),
        ("gone/*.mp4", r"no file 'gone/\*\.mp4' \(searched /.*\): give the path of a video"),
    ],
)
def test_anything_else_is_refused(given, message):
    with pytest.raises(InputError, match=message), source_file(given) as path:
        pytest.fail(str(path))


def test_the_copy_is_removed_where_the_block_fails():
    folder = Path(tempfile.gettempdir())
    before = set(folder.glob("ravs-*"))
    with pytest.raises(ZeroDivisionError), source_file(io.BytesIO(b"no video")):
        _ = 1 / 0
    assert set(folder.glob("ravs-*")) <= before
