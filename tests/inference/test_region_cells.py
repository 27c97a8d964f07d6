import numpy as np
import pytest
import torch

from ravs.inference.region_cells import MAX_CELLS, at_size, cell_size, to_cells
from support.maps import parts_of


@pytest.mark.parametrize(("side", "cell"), [(12, 1), (MAX_CELLS, 1), (MAX_CELLS + 1, 2), (3 * MAX_CELLS, 3)])
def test_a_map_has_at_most_so_many_cells_a_side(side, cell):
    assert cell_size((5, side)) == cell_size((side, 5)) == cell


def test_the_elements_of_a_small_map_are_its_cells():
    maps = torch.rand(2, 4, 5, 7).softmax(dim=1)
    classes, sounding = to_cells(*parts_of(maps), 0.5)
    np.testing.assert_array_equal(classes, maps[:, 1:])
    np.testing.assert_array_equal(sounding, 1 - maps[:, 0] > 0.5 - 1e-6)


@pytest.mark.parametrize("side", [2 * MAX_CELLS, 2 * MAX_CELLS - 1, 5 * MAX_CELLS - 3])
def test_a_cell_has_the_classes_of_its_middle_and_sounds_where_one_element_does(side):
    maps = torch.rand(1, 3, side, 11, generator=torch.Generator().manual_seed(0)).mul(6).softmax(dim=1)
    classes, sounding = to_cells(*parts_of(maps), 0.9)
    cell = cell_size((side, 11))
    for row in range(sounding.shape[1]):
        inside = maps[0, 0, row * cell : (row + 1) * cell, :cell]
        assert sounding[0, row, 0] == (1 - inside > 0.9).any()
        middle = min(row * cell + cell // 2, side - 1)
        np.testing.assert_array_equal(classes[0, :, row, 0], maps[0, 1:, middle, cell // 2])


def test_cells_at_the_size_of_their_map_cover_the_elements_they_were_made_of():
    size = (2 * MAX_CELLS - 1, 3)
    cells = np.arange(MAX_CELLS * 2).reshape(1, MAX_CELLS, 2)
    larger = at_size(cells, size)
    assert larger.shape == (1, *size)
    assert larger[0, :5].tolist() == [[0, 0, 1], [0, 0, 1], [2, 2, 3], [2, 2, 3], [4, 4, 5]]
