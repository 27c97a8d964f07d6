import struct
import zlib

import pytest

from ravs.data.library.builder.archives import expand_names, read_cat, read_member, read_rcc
from ravs.errors import DecodeError


def test_a_resource_file_by_hand_with_time_stamps_and_a_compressed_file(tmp_path):
    names = struct.pack(">HI", 1, 0) + "a".encode("utf-16-be") + struct.pack(">HI", 3, 0) + "b.t".encode("utf-16-be")
    packed = struct.pack(">I", 12) + zlib.compress(b"hello, hello")
    data = struct.pack(">I", len(packed)) + packed
    stamp = bytes(8)
    tree = (
        struct.pack(">IHII", 0, 2, 1, 1)
        + stamp  # the root, one child from node 1 on
        + struct.pack(">IHII", 0, 2, 1, 2)
        + stamp  # the folder a
        + struct.pack(">IHHHI", 8, 1, 0, 0, 0)
        + stamp  # the compressed file b.t
    )
    head = b"qres" + struct.pack(">4I", 2, 20, 20 + len(tree), 20 + len(tree) + len(data))
    (tmp_path / "x.rcc").write_bytes(head + tree + data + names)
    assert read_rcc(tmp_path / "x.rcc") == {"a/b.t": b"hello, hello"}


def test_a_sound_of_a_container_is_found_by_its_number(tmp_path):
    first, second = b"RIFF1111", b"RIFF22"
    entries = [b"\x02ab" + first, b"\x01c" + second]
    head = struct.pack("<IIII", 16 | 0x80000000, len(first), 16 + len(entries[0]), len(second))
    (tmp_path / "x.cat").write_bytes(head + b"".join(entries))
    assert read_cat(tmp_path / "x.cat", 0) == b"RIFF1111"
    assert read_cat(tmp_path / "x.cat", 1) == b"RIFF22"


def test_names_in_braces_share_their_folder():
    assert expand_names("a/b.zip!c/{d.wav,e/f.wav}") == ["a/b.zip!c/d.wav", "a/b.zip!c/e/f.wav"]
    assert expand_names("a/b.wav") == ["a/b.wav"]


@pytest.mark.parametrize("name", ["none.wav", "none.zip!a", "text.zip!a", "text.rcc!a", "text.cat!7"])
def test_files_that_cannot_be_taken_out_are_named(tmp_path, name):
    for suffix in ("zip", "rcc", "cat"):
        (tmp_path / f"text.{suffix}").write_text("nothing of the kind")
    with pytest.raises(DecodeError, match=rf"{name}: cannot be taken out of its package"):
        read_member(tmp_path, name)
