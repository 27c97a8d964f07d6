"""Positions of sources in `scripts/audio_localization.py`."""

import pytest
import torch

from support.scripts import load_script


@pytest.fixture(scope="module")
def script():
    return load_script("audio_localization")


def test_a_position_between_two_directions_is_interpolated_from_their_probabilities(script):
    share = torch.zeros(8)
    share[2], share[3] = 0.75, 0.25  # centers 0.3125 and 0.4375
    assert script.positions_of(share, 1).tolist() == pytest.approx([0.34375])


def test_a_second_position_is_no_neighbor_of_the_first(script):
    share = torch.zeros(20)
    share[4], share[5], share[15] = 0.5, 0.4, 0.1
    first, second = script.positions_of(share, 2).tolist()
    assert first == pytest.approx((0.5 * 0.225 + 0.4 * 0.275) / 0.9)
    assert second == pytest.approx(0.775)


def test_sources_are_read_from_the_ground_truth_where_each_has_one_known_position(script):
    sounding, directions = torch.tensor([0.0, 1.0, 1.0]), torch.zeros(3, 4)
    directions[1, 0] = 1
    assert script.sources_of(sounding, directions) is None  # the position of the third class is unknown
    directions[2, 2] = directions[2, 3] = 0.5
    classes, positions = script.sources_of(sounding, directions)
    assert classes.tolist() == [1, 2] and positions.tolist() == pytest.approx([0.125, 0.75])
    for two_positions in ([0.25, 0.25, 0.25, 0.25], [0.5, 0.0, 0.0, 0.5]):  # two of one class, at two positions
        directions[1] = torch.tensor(two_positions)
        assert script.sources_of(sounding, directions) is None
