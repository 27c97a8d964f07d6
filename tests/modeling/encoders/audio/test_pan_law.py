import math

import pytest
import torch

from ravs.modeling.encoders.audio.front_ends import SIDE_LIMIT
from ravs.modeling.encoders.audio.pan_law import pan_offset, shares_by_direction


def side_of(x):
    """Nepers of power between the channels of a source at x."""
    return 2 * math.log(math.cos(math.pi * x / 2) / math.sin(math.pi * x / 2))


def test_the_offset_is_that_of_the_constant_power_law_and_odd_to_the_last_bit():
    places = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    side = torch.tensor([side_of(float(x)) for x in places], dtype=torch.float64)
    torch.testing.assert_close(pan_offset(side), places - 0.5)
    many = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(pan_offset(-many), -pan_offset(many))


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.3, {1: 0.7, 2: 0.3}),  # of 6 directions: 0.3 · 6 - 0.5 = 1.3
        (0.5, {2: 0.5, 3: 0.5}),
        (0.75, {4: 1.0}),
        (0.2, {0: 0.3, 1: 0.7}),
    ],
)
def test_a_source_is_divided_between_its_two_nearest_directions(x, expected):
    shares = shares_by_direction(torch.full((1, 1, 1), side_of(x) / SIDE_LIMIT), 6).flatten()
    wanted = torch.tensor([expected.get(direction, 0.0) for direction in range(6)])
    torch.testing.assert_close(shares, wanted, atol=1e-6, rtol=0)


def test_beyond_the_outermost_direction_a_source_belongs_to_it_alone():
    for side, direction in ((1.0, 0), (-1.0, 2)):
        shares = shares_by_direction(torch.full((1, 1, 1), side), 3).flatten()  # 0.14 · 3 - 0.5 is below zero
        assert shares.tolist() == [float(direction == index) for index in range(3)]
