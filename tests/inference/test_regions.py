"""What counts as one region, on maps that are drawn by hand: background, dog, car, cat."""

import numpy as np
import pytest
import torch

from ravs.inference.region_cells import MAX_CELLS
from ravs.inference.regions import MIN_PART_LEAD, MIN_PART_SHARE, Regions, find_regions
from support.maps import parts_of

SILENT = (1.0, 0.0, 0.0, 0.0)
DOG, CAR = (0.1, 0.63, 0.18, 0.09), (0.1, 0.18, 0.63, 0.09)  # 0.7 and 0.2 of what sounds
DOG_CAR = (0.1, 0.405, 0.36, 0.135)  # 0.45 and 0.40


def second(rows, **meaning):
    """Probabilities of one second, drawn with a letter a cell; a point is silent."""
    kinds = {".": SILENT, "d": DOG, "c": CAR, "m": DOG_CAR, **meaning}
    return torch.tensor([[kinds[cell] for cell in row] for row in rows]).permute(2, 0, 1)


def regions_of(rows, allowed=(1, 2, 3), threshold=0.5, **meaning):
    (found,) = find_regions(*parts_of(second(rows, **meaning)[None]), threshold, allowed)
    return found


def test_a_region_has_the_mean_share_of_its_sounding_cells_and_a_ring_of_silent_ones():
    found = regions_of(["......", "..dm..", "......", "......"])
    np.testing.assert_allclose(found.evidence, [[(0.7 + 0.45) / 2, (0.2 + 0.4) / 2, (0.1 + 0.15) / 2]], rtol=1e-6)
    np.testing.assert_array_equal(found.cells, [[0, 1, 1, 1, 1, 0]] * 3 + [[0] * 6])


def test_things_three_silent_cells_apart_are_two_regions_and_two_apart_are_one():
    assert len(regions_of(["dd...dd"]).evidence) == 2
    assert len(regions_of(["dd..dd"]).evidence) == 1


def test_a_thing_whose_cells_have_several_names_is_one_region():
    rows = ["dddddddd", "ddcdddmd", "dddddcdd", "dmdddddd"]
    assert len(regions_of(rows).evidence) == 1


def test_two_touching_things_are_two_regions():
    found = regions_of(["ddddcccc"] * 4)
    np.testing.assert_allclose(found.evidence, [[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]], rtol=1e-6)
    np.testing.assert_array_equal(found.cells, [[1] * 4 + [2] * 4] * 4)


def test_a_part_smaller_than_its_share_joins_the_rest():
    columns = 40
    for wide in (4, 5, 6, 7, 8):
        found = regions_of(["d" * (columns - wide) + "c" * wide] * 4)
        assert len(found.evidence) == 1 + (wide / columns >= MIN_PART_SHARE)


@pytest.mark.parametrize(("lead", "count"), [(MIN_PART_LEAD - 0.02, 1), (MIN_PART_LEAD + 0.02, 2)])
def test_a_part_whose_class_barely_leads_joins_the_rest(lead, count):
    barely = (0.0, 0.4 - lead / 2, 0.4 + lead / 2, 0.2)
    assert len(regions_of(["dddddbbbb"] * 4, b=barely).evidence) == count


def test_where_neither_part_is_of_the_leading_class_both_are_regions():
    """The cat is second everywhere, and first on the whole."""
    left, right = (0.0, 0.64, 0.0, 0.36), (0.0, 0.0, 0.65, 0.35)
    found = regions_of(["llllrrrr"] * 4, l=left, r=right)
    np.testing.assert_allclose(found.evidence, [[0.64, 0, 0.36], [0, 0.65, 0.35]], rtol=1e-6)


def test_classes_that_are_not_allowed_divide_nothing():
    assert len(regions_of(["ddddcccc"] * 4, allowed=(1, 3)).evidence) == 1
    assert len(regions_of(["ddddcccc"] * 4, allowed=(2,)).evidence) == 1


def test_where_nothing_sounds_there_is_no_region():
    found = regions_of(["....", "...."])
    assert not found.cells.any() and found.evidence.shape == (0, 3)
    assert not regions_of(["dd"], threshold=0.95).cells.any()


def test_a_large_map_is_divided_into_cells_and_no_thin_thing_is_lost():
    rows = np.full((3 * MAX_CELLS, 200), ".")
    rows[100, 10:150] = "d"
    rows[-1, -1] = "c"
    found = regions_of(rows)
    assert found.cells.shape == (MAX_CELLS, 67)
    np.testing.assert_array_equal(np.flatnonzero((found.cells == 1).any(axis=1)), [32, 33, 34])  # 100 / 3, and the ring
    assert found.cells[-1, -1] == 2


def test_the_overlap_of_regions_is_intersection_over_union():
    one = Regions(np.array([[1, 1, 1, 0], [0, 2, 2, 0]]), np.zeros((2, 3)))
    other = Regions(np.array([[0, 1, 1, 1], [0, 0, 0, 0]]), np.zeros((1, 3)))
    np.testing.assert_allclose(one.iou(other), [[2 / 4], [0]])
    np.testing.assert_allclose(other.iou(one), [[2 / 4, 0]])
