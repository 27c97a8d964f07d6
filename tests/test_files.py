import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from ravs.files import (
    atomic_file,
    atomic_folder,
    content_hash,
    drop_defaults,
    json_text,
    move_entries,
    printable_name,
    remove,
    safe_stem,
    stale_parts,
    unique_part_path,
    write_atomic,
)


def test_a_file_appears_complete_with_its_folder_and_leaves_no_part_behind(tmp_path):
    write_atomic(tmp_path / "deep" / "a.txt", "straße")
    assert (tmp_path / "deep" / "a.txt").read_text(encoding="utf-8") == "straße"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.txt"]


def test_a_write_that_fails_leaves_the_old_content_and_no_part(tmp_path, monkeypatch):
    target = tmp_path / "a.bin"
    write_atomic(target, b"old")

    def break_off(self, target):
        raise OSError("disk is full")

    monkeypatch.setattr("pathlib.Path.replace", break_off)
    with pytest.raises(OSError, match="disk is full"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_hash_is_that_of_all_contents_in_order(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    assert content_hash(tmp_path / "a", tmp_path / "b") == hashlib.sha256(b"onetwo").hexdigest()
    assert content_hash(tmp_path / "b", tmp_path / "a") != content_hash(tmp_path / "a", tmp_path / "b")


def test_moving_replaces_what_stood_there_and_nothing_else(tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    write_atomic(new / "masks" / "0.png", "new")
    write_atomic(new / "a.json", "new")
    write_atomic(old / "masks" / "0.png", "old")
    write_atomic(old / "masks" / "1.png", "old")
    write_atomic(old / "notes.txt", "mine")
    move_entries(["masks", "a.json"], new, old)
    found = {str(path.relative_to(old)): path.read_text() for path in old.rglob("*") if path.is_file()}
    assert found == {"masks/0.png": "new", "a.json": "new", "notes.txt": "mine"}


def test_removing_takes_folders_files_and_nothing_at_all(tmp_path):
    write_atomic(tmp_path / "a" / "b", "c")
    for name in ("a", "a", "missing"):
        remove(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_removing_a_link_keeps_what_it_points_to(tmp_path):
    write_atomic(tmp_path / "kept" / "b", "c")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "link")
    assert (tmp_path / "kept" / "b").read_text() == "c"


def test_removing_what_cannot_be_there_is_fine(tmp_path):
    (tmp_path / "file").write_text("a file, not a folder")
    remove(tmp_path / "file" / "below")
    assert (tmp_path / "file").exists()


def test_what_a_killed_process_left_of_a_file_goes_with_the_next_writing(tmp_path):
    for name in (".a.txt.part", ".a.txt.lock"):
        (tmp_path / name).write_text("half")
    write_atomic(tmp_path / "a.txt", "whole")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "whole"}


def test_two_writers_of_one_file_do_not_collide(tmp_path):
    with atomic_file(tmp_path / "a.wav") as one:
        with atomic_file(tmp_path / "a.wav") as other:
            one.write_text("first")
            other.write_text("second")
        assert (tmp_path / "a.wav").read_text() == "second"
    assert (tmp_path / "a.wav").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_folder_that_another_process_makes_is_waited_for_and_what_a_killed_one_left_is_removed(tmp_path):
    write_atomic(tmp_path / ".000.part" / "half", "killed")
    with ThreadPoolExecutor() as pool:
        with atomic_folder(tmp_path / "000") as part:
            assert list(part.iterdir()) == []
            second = pool.submit(make, tmp_path / "000", "second")
            (part / "name").write_text("first")
            sleep(0.05)
            assert (part / "name").read_text() == "first" and not second.done()
        second.result()
    assert (tmp_path / "000" / "name").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["000"]


def make(path, name):
    with atomic_folder(path) as part:
        (part / "name").write_text(name)


@pytest.mark.parametrize("name", ["a.mp4", "x" * 255, "音" * 85, os.fsdecode(b"caf\xe9"), "a[1].b"])
def test_a_temporary_file_of_any_name_can_be_named_and_found_again(tmp_path, name):
    path = tmp_path / name
    part = unique_part_path(path)
    part.mkdir()
    assert part != unique_part_path(path)
    assert len(os.fsencode(part.name)) <= 255
    for other in (f".{name[:200]}", f"{name[:200]}.01234567", "b"):
        unique_part_path(tmp_path / other).touch()
    assert stale_parts(path) == [part]


def test_text_and_json_of_a_name_that_is_no_utf_8_are_utf_8_and_json_gives_the_name_back():
    name = os.fsdecode(b"caf\xe9 \xf0\x9f\x90\x95.mp4")
    assert printable_name(name) == "caf\\xe9 🐕.mp4"
    text = json_text({"name": name, "plain": "straße"})
    assert text.encode() == '{"name": "caf\\udce9 🐕.mp4", "plain": "straße"}'.encode()
    assert os.fsencode(json.loads(text)["name"]) == b"caf\xe9 \xf0\x9f\x90\x95.mp4"


def test_a_stem_is_never_the_folder_above():
    names = ["a.mp4", "...mp4", "..mp4", ".mp4", "a.b.mp4", "a"]
    assert [safe_stem(Path(name)) for name in names] == ["a", "...mp4", "..mp4", ".mp4", "a.b", "a"]


def test_a_key_that_was_added_later_counts_only_where_it_is_not_its_default():
    defaults = {"later": 0.1}
    assert drop_defaults({"first": 1, "later": 0.1}, defaults) == {"first": 1}
    assert drop_defaults({"first": 1, "later": 0.2}, defaults) == {"first": 1, "later": 0.2}
    assert drop_defaults({"first": None}, defaults) == {"first": None}
