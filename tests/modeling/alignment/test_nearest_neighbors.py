"""The search for nearest tokens against all distances at once."""

import pytest
import torch

from ravs.modeling.alignment.nearest_neighbors import nearest_tokens, search_denser, smallest_columns

MANY = 1031  # more than go to topk at once, and no multiple of a chunk


def whole_points(*shape):
    """Points whose distances are whole numbers, exact in float32; most of them differ."""
    return torch.randint(0, 40, shape, generator=torch.Generator().manual_seed(0)).float()


def all_distances(points):
    return (points[:, :, None] - points[:, None]).square().sum(dim=-1)


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("tokens", [7, 97, MANY])
def test_nearest_tokens_come_nearest_first_with_their_distances(tokens, count):
    points = whole_points(2, tokens, 4)
    index, squared = nearest_tokens(points, count)
    distances = all_distances(points)
    torch.testing.assert_close(squared, distances.sort(dim=-1).values[..., :count], rtol=0, atol=0)
    torch.testing.assert_close(distances.gather(-1, index), squared, rtol=0, atol=0)


def test_far_from_zero_where_products_round_distances_still_come_nearest_first():
    points = 300 + torch.randn(1, 97, 4, generator=torch.Generator().manual_seed(0))
    index, squared = nearest_tokens(points, 20)
    assert torch.equal(squared, squared.sort(dim=-1).values)
    torch.testing.assert_close(all_distances(points).gather(-1, index), squared)


def test_tokens_that_are_nan_have_neighbors_among_the_tokens():
    index, squared = nearest_tokens(torch.full((1, 1025, 2), torch.nan), 100)
    assert int(index.min()) >= 0 and int(index.max()) < 1025 and squared.isnan().all()


@pytest.mark.parametrize("columns", [9, 1024, 1025, MANY, 9000])
def test_the_smallest_columns_are_those_of_a_sort(columns):
    values = 1 + torch.rand(2, 3, columns, generator=torch.Generator().manual_seed(0))
    found = values.gather(-1, smallest_columns(values, 5)).sort(dim=-1).values
    assert torch.equal(found, values.sort(dim=-1).values[..., :5])


def test_the_nearest_denser_token_is_the_nearest_of_those_before_it():
    points = whole_points(2, 97, 4)
    order = torch.stack([torch.randperm(97, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)])
    known = torch.zeros(2, 97, dtype=torch.bool)
    found = search_denser(points, order, known)
    distances = all_distances(points)
    for frame in range(2):
        for rank in range(1, 97):
            token, denser = int(order[frame, rank]), order[frame, :rank]
            reach = distances[frame, token, denser]
            assert int(found[frame, token]) == int(denser[reach == reach.min()].min())
