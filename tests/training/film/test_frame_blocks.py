"""Frames that are kept: what is in view, and that block sizes and folds decide nothing else."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from ravs.data.composition.film.film_frame import FilmFrame, FilmObject
from ravs.training.film import frame_blocks
from ravs.training.film.block_files import BlockRows, blocks_of
from ravs.training.film.film_sources import FilmSources, open_start
from ravs.training.film.frame_blocks import FrameRows, FrameWork, ObjectInView, objects_in_view, stack_maps


@pytest.fixture
def sources(library_root, photos_root, trained):
    return FilmSources(library_root, photos_root, trained / "start")


def write(sources, folder, size, fold=None):
    blocks = blocks_of(folder, 6, size)
    work = FrameWork(sources, fold, 3, 64, seed=4)
    for block in blocks:
        work(block)
    return blocks


def test_the_size_of_blocks_changes_no_frame(sources, tmp_path):
    small, large = (write(sources, tmp_path / str(size), size) for size in (2, 6))
    one, other = (BlockRows([block.path for block in blocks]) for blocks in (small, large))
    assert one.facts == other.facts
    assert torch.equal(one.all_rows("instances"), other.all_rows("instances"))
    torch.testing.assert_close(one.all_rows("fine"), other.all_rows("fine"), rtol=1e-2, atol=1e-3)


def test_maps_are_what_the_frozen_parts_give_of_the_normalized_frame(sources, tmp_path, monkeypatch):
    white = FilmFrame(np.full((64, 64, 3), 255, np.uint8), np.zeros((64, 64), np.uint8), ())
    monkeypatch.setattr(frame_blocks, "draw_frame", lambda *_: white)
    maps = stack_maps([(FrameRows(write(sources, tmp_path, 6)), 5)])
    normalized = (1 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    expected = open_start(sources.start).features(normalized.view(1, 3, 1, 1).expand(1, 3, 64, 64))
    for one, other in zip(maps, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-3)


def test_no_fold_shows_a_cutout_or_photograph_of_another(sources, tmp_path, monkeypatch):
    shown, draw = [], frame_blocks.draw_frame

    def watched(*given):
        frame = draw(*given)
        shown[-1].update(one.source for one in frame.objects)
        return frame

    monkeypatch.setattr(frame_blocks, "draw_frame", watched)
    for fold in range(3):
        shown.append(set())
        write(sources, tmp_path / str(fold), 6, fold)
    assert min(map(len, shown)) > 0
    assert sum(map(len, shown)) == len(set().union(*shown))


def test_an_object_has_its_share_and_center_in_the_smaller_map():
    things = (FilmObject("dog", "a", False), FilmObject("cat", "b", False))
    instances = np.zeros((8, 8), np.uint8)
    instances[1:5, 4:8] = 1
    frame = FilmFrame(np.zeros((8, 8, 3), np.uint8), instances, things)
    dog, cat = objects_in_view(frame, instances)
    assert dog == ObjectInView("dog", 0.25, 0.75)
    assert (cat.class_name, cat.share) == ("cat", 0.0)


@dataclass
class Rows:
    """As much of FrameRows as its method needs."""

    objects: list


def test_classes_in_view_fill_enough_of_the_frame_together():
    objects = [ObjectInView("dog", 0.005, 0.1), ObjectInView("fly", 0.5, 0.5), ObjectInView("cat", 0.004, 0.2)]
    rows = Rows([[*objects, ObjectInView("dog", 0.005, 0.9)]])
    assert FrameRows.classes_in_view(rows, 0, ("cat", "dog"), 0.008) == ["dog"]
