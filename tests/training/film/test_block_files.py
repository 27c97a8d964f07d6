"""Rows in block files."""

import pytest
import torch

from ravs.training.film.block_files import BlockRows, blocks_of, one_thread, write_missing, write_tensors


def write(block):
    rows = torch.tensor(list(block.rows))
    write_tensors(block.path, {"square": rows**2}, [{"row": row} for row in block.rows])


def test_blocks_cover_all_rows_once(tmp_path):
    blocks = blocks_of(tmp_path, 7, 3)
    assert [list(block.rows) for block in blocks] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [block.path.name for block in blocks] == [f"00000{first}.safetensors" for first in (0, 3, 6)]


def test_rows_are_read_where_they_were_written(tmp_path):
    blocks = blocks_of(tmp_path, 7, 3)
    write_missing(write, blocks, jobs=1)
    rows = BlockRows([block.path for block in blocks])
    assert len(rows) == 7
    assert [int(rows.row("square", index)) for index in (6, 0, 4)] == [36, 0, 16]
    assert rows.all_rows("square").tolist() == [row**2 for row in range(7)]
    assert rows.facts[5] == {"row": 5}


def test_only_missing_blocks_are_written(tmp_path):
    blocks, written = blocks_of(tmp_path, 7, 3), []

    def watched(block):
        written.append(block.rows.start)
        write(block)

    write_missing(watched, blocks[1:2], jobs=1)
    write_missing(watched, blocks, jobs=1)
    assert written == [3, 0, 6]


def test_a_writer_that_fails_leaves_no_file(tmp_path):
    path = tmp_path / "block.safetensors"
    with pytest.raises(TypeError):
        write_tensors(path, {"tensor": torch.ones(1)}, [object()])
    assert list(tmp_path.iterdir()) == []


def test_the_number_of_threads_is_restored():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
