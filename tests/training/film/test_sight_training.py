"""Targets of the sight network, and what is kept of what it sees."""

from types import SimpleNamespace

import numpy as np
import torch

from ravs.training.film.block_files import BlockRows, blocks_of
from ravs.training.film.frame_blocks import ObjectInView
from ravs.training.film.sight_training import in_view_mask, write_views


def test_everything_of_our_classes_is_in_view_silent_or_not():
    instances = np.array([[0, 1, 2], [3, 255, 1]], np.uint8)
    objects = [ObjectInView(name, 0.1, 0.5) for name in ("dog", "lamp", "bell")]
    frames = SimpleNamespace(objects=[objects], instances=lambda index: instances)
    assert in_view_mask(frames, 0, ("bell", "dog")).tolist() == [[0, 2, 0], [1, 255, 2]]


def test_each_frame_has_its_own_view_whatever_the_batches_and_blocks(tmp_path):
    frames = SimpleNamespace(map_row=lambda name, index: torch.tensor(index, dtype=torch.float16))
    blocks = blocks_of(tmp_path, 7, 4)
    write_views(lambda maps: maps.fine.view(-1, 1, 1, 1) * 10, frames, blocks, batch=3)
    rows = BlockRows([block.path for block in blocks])
    assert [rows.row("view", index).item() for index in range(7)] == [10 * index for index in range(7)]
