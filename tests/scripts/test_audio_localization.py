"""What `scripts/audio_localization.py` takes for the places of sources."""

import pytest
import torch

from support.scripts import load_script


@pytest.fixture(scope="module")
def ears():
    return load_script("audio_localization")


def test_a_place_between_two_directions_is_told_from_their_shares(ears):
    share = torch.zeros(8)
    share[2], share[3] = 0.75, 0.25  # centres 0.3125 and 0.4375
    assert ears.places_of(share, 1).tolist() == pytest.approx([0.34375])


def test_a_second_place_is_no_neighbour_of_the_first(ears):
    share = torch.zeros(20)
    share[4], share[5], share[15] = 0.5, 0.4, 0.1
    first, second = ears.places_of(share, 2).tolist()
    assert first == pytest.approx((0.5 * 0.225 + 0.4 * 0.275) / 0.9)
    assert second == pytest.approx(0.775)


def test_sources_are_read_from_the_truth_where_each_has_one_known_place(ears):
    sounding, directions = torch.tensor([0.0, 1.0, 1.0]), torch.zeros(3, 4)
    directions[1, 0] = 1
    assert ears.sources_of(sounding, directions) is None  # where the third class sounds is not known
    directions[2, 2] = directions[2, 3] = 0.5
    classes, places = ears.sources_of(sounding, directions)
    assert classes.tolist() == [1, 2] and places.tolist() == pytest.approx([0.125, 0.75])
    for twins in ([0.25, 0.25, 0.25, 0.25], [0.5, 0.0, 0.0, 0.5]):  # two of one class, from two places
        directions[1] = torch.tensor(twins)
        assert ears.sources_of(sounding, directions) is None
