"""Interpolation and pooling in NumPy, against torch and by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ravs.inference.interpolation import max_of_cells, mean_pool, pool, upsample


@pytest.mark.parametrize("size", [(26, 34), (5, 4), (6, 7), (1, 1), (720, 3)])
def test_upsampling_is_torch_s_bilinear_interpolation(size):
    map_ = np.random.default_rng(0).random((6, 7), np.float32)
    expected = F.interpolate(torch.from_numpy(map_)[None, None], size, mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(upsample(map_, size), expected, atol=1e-6)


def test_the_pixels_of_a_box_are_those_of_the_whole():
    map_ = np.random.default_rng(0).random((6, 7), np.float32)
    box = slice(3, 20), slice(11, 34)
    np.testing.assert_array_equal(upsample(map_, (26, 34), box), upsample(map_, (26, 34))[box])


def test_blocks_are_combined_one_by_one():
    map_ = np.arange(24.0, dtype=np.float32).reshape(4, 6)
    assert pool(map_, (2, 3), np.maximum).tolist() == [[7, 9, 11], [19, 21, 23]]
    assert mean_pool(map_, (2, 3)).tolist() == [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]
    assert mean_pool(np.float32([[1, 2, 6]]), (1, 2)).tolist() == [[1, 4]]  # blocks may differ in size


def test_no_pixel_between_four_cells_exceeds_their_maximum():
    assert max_of_cells(np.float32([[1, 5], [2, 0]])).tolist() == [[1, 5, 5], [2, 5, 5], [2, 2, 0]]
