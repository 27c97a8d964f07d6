import math

import pytest
import torch

from ravs.modeling.matching.evidence import (
    NUM_EVIDENCE,
    class_shares,
    direction_maps,
    evidence_maps,
    heard_in_view,
    join_sights,
    log_scale,
    rivals,
)

# One frame of two places, two classes. Heard: 0.36 of the first, 0.04 of the second.
HEARD = torch.tensor([[0.36, 0.04]]).log()
IN_VIEW = torch.tensor([[[[0.5, 0.1]], [[0.25, 0.9]]]])
IMAGENET = torch.tensor([[[[0.1, 0.2]], [[0.3, 0.4]]]])
# 0.36 × (0.5 + 0.02) and 0.04 × (0.9 + 0.02), as shares of their sum
VISIBLE = (0.1872 / 0.224, 0.0368 / 0.224)
BY_HAND = [
    ("√a q", 0.6 * 0.5 + 0.2 * 0.25, 0.6 * 0.1 + 0.2 * 0.9),
    ("a q", 0.36 * 0.5 + 0.04 * 0.25, 0.36 * 0.1 + 0.04 * 0.9),
    ("√a v", 0.6 * 0.1 + 0.2 * 0.3, 0.6 * 0.2 + 0.2 * 0.4),
    ("a v", 0.36 * 0.1 + 0.04 * 0.3, 0.36 * 0.2 + 0.04 * 0.4),
    ("q", 0.75, 1.0),
    ("a / max a, q", 0.5 + 0.25 / 9, 0.1 + 0.9 / 9),
    ("largest 2 a q", 2 * 0.36 * 0.5, 2 * 0.36 * 0.1),
    ("sum of a", 0.4, 0.4),
    ("a / max a, v", 0.1 + 0.3 / 9, 0.2 + 0.4 / 9),
    ("visible q", VISIBLE[0] * 0.5 + VISIBLE[1] * 0.25, VISIBLE[0] * 0.1 + VISIBLE[1] * 0.9),
    ("visible v", VISIBLE[0] * 0.1 + VISIBLE[1] * 0.3, VISIBLE[0] * 0.2 + VISIBLE[1] * 0.4),
    ("a times the most of q", 0.36 * 0.5 + 0.04 * 0.9, 0.36 * 0.5 + 0.04 * 0.9),
    ("largest a", 0.36, 0.36),
    ("largest q", 0.5, 0.9),
]


@pytest.mark.parametrize(("index", "row"), list(enumerate(BY_HAND)), ids=[name for name, *_ in BY_HAND])
def test_each_map_is_what_one_gets_by_hand(index, row):
    maps = evidence_maps(IN_VIEW, IMAGENET, HEARD)
    assert maps.shape == (1, NUM_EVIDENCE, 1, 2) and len(BY_HAND) == NUM_EVIDENCE
    values = ((maps[0, index, 0] - 1) * 3).exp() - 1e-4
    torch.testing.assert_close(values, torch.tensor(row[1:]), atol=1e-6, rtol=1e-5)


def test_the_scale_is_one_at_one_and_ends_at_zero():
    found = log_scale(torch.tensor([1 - 1e-4, 0.0, math.exp(-3) - 1e-4]))
    torch.testing.assert_close(found, torch.tensor([1.0, math.log(1e-4) / 3 + 1, 0.0]))


def test_evidence_is_finite_however_sure_the_ear_is_of_none():
    maps = evidence_maps(IN_VIEW, IMAGENET, torch.tensor([[-300.0, -200.0]]))
    assert maps.isfinite().all()
    assert maps[0, 1].max() < -2.06 and maps[0, 5].max() > 0.9  # nothing in all, but of that the second class


def test_what_is_heard_of_the_classes_in_view_sums_to_one():
    torch.testing.assert_close(heard_in_view(HEARD, IN_VIEW).exp(), torch.tensor([VISIBLE]))


def test_a_class_that_is_in_view_counts_26_times_as_much_as_one_that_is_not():
    view = torch.tensor([0.5, 0.0]).view(1, 2, 1, 1)  # 0.5 + 0.02 against 0.02
    shares = heard_in_view(torch.tensor([[0.5, 0.5]]).log(), view).exp()
    torch.testing.assert_close(shares, torch.tensor([[26 / 27, 1 / 27]]))


def test_names_are_what_is_heard_to_the_power_one_and_a_half_times_what_a_place_looks_like():
    first, second = 0.25**1.5 * 0.1, 0.5**1.5 * 0.9  # at the second place
    shares = class_shares(torch.tensor([[[[0.8, 0.1]], [[0.1, 0.9]]]]).log(), torch.tensor([[0.25, 0.5]]).log()).exp()
    torch.testing.assert_close(shares.sum(1), torch.ones(1, 1, 2))
    torch.testing.assert_close(shares[0, 0, 0, 1], torch.tensor(first / (first + second)))


def test_both_sights_decide_which_class_is_in_view_and_the_network_alone_how_much_any_is():
    q, v = torch.tensor([0.3, 0.1]).view(1, 2, 1, 1), torch.tensor([0.0, 0.16 - 1e-4]).view(1, 2, 1, 1)
    first, second = math.sqrt((0.3 + 1e-4) * 1e-4), math.sqrt((0.1 + 1e-4) * 0.16)
    expected = torch.tensor([0.4 * first / (first + second), 0.4 * second / (first + second)]).view(1, 2, 1, 1)
    torch.testing.assert_close(join_sights(q.log(), v.log(), 0.5).exp(), expected)


def test_without_a_share_of_imagenet_what_is_in_view_stays():
    q = torch.tensor([0.3, 0.1]).view(1, 2, 1, 1)
    torch.testing.assert_close(join_sights(q.log(), torch.zeros(1, 2, 1, 1), 0.0).exp(), q, atol=1e-4, rtol=0)


def test_a_thing_alone_in_view_has_no_rivals_however_little_it_is_heard():
    q = torch.tensor([[0.9, 0.0], [0.0, 0.0]]).view(1, 2, 1, 2) + 1e-9
    for heard in ([0.02, 0.6], [0.6, 0.02]):
        assert abs(rivals(q.log(), torch.tensor([heard]).log())[0, 0, 0, 0]) < 1e-3


def test_of_two_things_in_view_the_one_that_is_heard_less_loses_by_three_tenths_of_a_logarithm():
    q = torch.tensor([[0.5, 0.0], [0.0, 0.5]]).view(1, 2, 1, 2) + 1e-9  # as much of each, at its own place
    found = rivals(q.log(), torch.tensor([[0.4, 0.1]]).log())[0, 0, 0]
    torch.testing.assert_close(found, 0.3 * torch.tensor([1.001, 0.25**1.5 + 1e-3]).log(), atol=1e-5, rtol=1e-4)


def test_directions_are_interpolated_to_the_columns_and_one_where_sound_is_everywhere_alike():
    panorama, known = torch.tensor([[0.25, 0.75], [0.5, 0.5]]), torch.ones(2)
    first, second = direction_maps(panorama, known, (3, 4))
    columns = torch.tensor([0.5, 0.75, 1.25, 1.5])  # twice the shares, centers at 1 and 3 of 4
    torch.testing.assert_close(((first[0] - 1) * 3).exp() - 1e-4, columns.expand(3, 4))
    torch.testing.assert_close(second[0], torch.ones(3, 4), atol=1e-4, rtol=0)
    assert first[1].eq(1).all()


def test_without_directions_both_maps_are_zero():
    maps = direction_maps(torch.tensor([[0.25, 0.75]]), torch.zeros(1), (3, 4))
    assert maps.shape == (1, 2, 3, 4) and maps.eq(0).all()
