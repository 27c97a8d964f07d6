import numpy as np
import pytest

from ravs.inference.connected_components import label_components


def by_flood_fill(values):
    """The definition read aloud: from each unnumbered cell, on to equal ones at its sides and corners."""
    numbers, count = np.zeros(values.shape, int), 0
    for start in zip(*np.nonzero(values), strict=True):
        if numbers[start]:
            continue
        count += 1
        reached = [start]
        while reached:
            row, column = reached.pop()
            inside = 0 <= row < values.shape[0] and 0 <= column < values.shape[1]
            if inside and not numbers[row, column] and values[row, column] == values[start]:
                numbers[row, column] = count
                reached += [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return numbers


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shape", [(9, 14), (1, 12), (12, 1), (30, 31)])
def test_components_are_those_of_a_flood_fill(seed, shape):
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 2 + seed % 3, shape)
    np.testing.assert_array_equal(label_components(values), by_flood_fill(values))


def test_a_spiral_is_one_component():
    spiral = np.ones((9, 9), int)
    for gap in (np.s_[1, :8], np.s_[1:8, 7], np.s_[7, 1:8], np.s_[3:8, 1], np.s_[3, 1:6], np.s_[3:6, 5], np.s_[5, 3:6]):
        spiral[gap] = 0
    assert set(label_components(spiral)[spiral > 0]) == {1}


def test_what_touches_at_a_corner_is_one_and_the_ends_of_rows_do_not_touch():
    assert label_components(np.array([[1, 0, 0], [0, 1, 0]])).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert label_components(np.array([[0, 0, 0, 1], [1, 0, 0, 0]])).tolist() == [[0, 0, 0, 1], [2, 0, 0, 0]]


def test_an_empty_map_has_no_components():
    assert not label_components(np.zeros((3, 4), int)).any()
