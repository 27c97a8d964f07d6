from pathlib import Path

import pytest

from ravs.errors import InputError
from ravs.inference.segment_job.source_lists import Shard, read_lists


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_list_stands_for_its_lines_in_place():
    Path("list.txt").write_bytes("\ufeff# of May\r\nb c.mp4\r\n\r\n  caf\xe9/*.mp4  \n#d.mp4".encode())
    assert list(read_lists(["a.mp4", "@list.txt", "z.mp4"])) == ["a.mp4", "b c.mp4", "caf\xe9/*.mp4", "z.mp4"]


def test_a_list_may_name_files_that_are_not_utf_8():
    Path("list.txt").write_bytes(b"caf\xe9.mp4\n")
    assert list(read_lists(["@list.txt"])) == ["caf\udce9.mp4"]


def test_a_missing_list_and_a_file_of_such_a_name_stay_names():
    Path("@b.mp4").write_text("")
    Path("b.mp4").write_text("a.mp4")
    assert list(read_lists(["@missing.txt", "@b.mp4"])) == ["@missing.txt", "@b.mp4"]


def test_shards_have_each_source_once():
    assert Shard.parse("1/1").of("abcdefg") == "abcdefg"
    assert [Shard.parse(f"{index}/3").of("abcdefg") for index in (1, 2, 3)] == ["adg", "be", "cf"]
    assert Shard.parse("3/3").of("ab") == ""


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "1/0", "a/b", "-1/3", "1/3/5", "1.5/3"])
def test_other_shards_are_refused(text):
    with pytest.raises(InputError, match="I/N"):
        Shard.parse(text)
