import hashlib

import pytest

from ravs.files import content_hash, move_into, remove, write_whole


def test_a_file_appears_whole_with_its_folder_and_leaves_no_part_behind(tmp_path):
    write_whole(tmp_path / "deep" / "a.txt", "straße")
    assert (tmp_path / "deep" / "a.txt").read_text(encoding="utf-8") == "straße"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]


def test_a_write_that_fails_leaves_the_old_content_and_no_part(tmp_path, monkeypatch):
    target = tmp_path / "a.bin"
    write_whole(target, b"old")

    def break_off(self, target):
        raise OSError("disk is full")

    monkeypatch.setattr("pathlib.Path.replace", break_off)
    with pytest.raises(OSError, match="disk is full"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_hash_is_that_of_all_contents_in_order(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    assert content_hash(tmp_path / "a", tmp_path / "b") == hashlib.sha256(b"onetwo").hexdigest()
    assert content_hash(tmp_path / "b", tmp_path / "a") != content_hash(tmp_path / "a", tmp_path / "b")


def test_moving_replaces_what_stood_there_and_nothing_else(tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    write_whole(new / "masks" / "0.png", "new")
    write_whole(new / "a.json", "new")
    write_whole(old / "masks" / "0.png", "old")
    write_whole(old / "masks" / "1.png", "old")
    write_whole(old / "notes.txt", "mine")
    move_into(["masks", "a.json"], new, old)
    found = {str(path.relative_to(old)): path.read_text() for path in old.rglob("*") if path.is_file()}
    assert found == {"masks/0.png": "new", "a.json": "new", "notes.txt": "mine"}


def test_removing_takes_folders_files_and_nothing_at_all(tmp_path):
    write_whole(tmp_path / "a" / "b", "c")
    for name in ("a", "a", "missing"):
        remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_removing_a_link_keeps_what_it_points_to(tmp_path):
    write_whole(tmp_path / "kept" / "b", "c")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "link")
    assert (tmp_path / "kept" / "b").read_text() == "c"


def test_removing_what_cannot_be_there_is_fine(tmp_path):
    (tmp_path / "file").write_text("a file, not a folder")
    remove(tmp_path / "file" / "below")
    assert (tmp_path / "file").exists()
