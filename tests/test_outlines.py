"""Outlines that follow the picture: against a filter written out window by window, and what must not change."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ravs.outlines import EDGE, RADIUS, guided


def seeded(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def step_at(column, side=32):
    """A picture that is dark left of a column and bright right of it."""
    picture = torch.full((1, 3, side, side), -1.0)
    picture[..., column:] = 1.0
    return picture


def by_hand(sounding, picture, radius):
    """The filter of He et al., one window after another; what lies beyond the border is its mirror image."""
    wide = np.pad(picture, ((0, 0), (2 * radius,) * 2, (2 * radius,) * 2), mode="reflect")
    told = np.pad(sounding, 2 * radius, mode="reflect")
    rows, columns = sounding.shape
    fits = {}
    for row in range(rows + 2 * radius):
        for column in range(columns + 2 * radius):
            window = (slice(row, row + 2 * radius + 1), slice(column, column + 2 * radius + 1))
            colours, values = wide[(slice(None), *window)].reshape(3, -1), told[window].ravel()
            spread = np.cov(colours, bias=True) + EDGE * np.eye(3)
            slope = np.linalg.solve(spread, (colours * values).mean(axis=1) - colours.mean(axis=1) * values.mean())
            fits[row, column] = (*slope, values.mean() - slope @ colours.mean(axis=1))
    out = np.empty_like(sounding)
    for row in range(rows):
        for column in range(columns):
            around = [fits[row + i, column + j] for i in range(2 * radius + 1) for j in range(2 * radius + 1)]
            *slope, offset = np.mean(around, axis=0)
            out[row, column] = slope @ picture[:, row, column] + offset
    return out


def test_it_is_the_filter_of_the_paper_inside_and_its_range_is_kept():
    side, radius = 48, 1
    assert max(round(RADIUS * side), 1) == radius
    sounding, picture = seeded(1, 1, side, side), seeded(1, 3, side, side, seed=1)
    found = guided(torch.cat([1 - sounding, sounding], dim=1), picture)[0, 1].double().numpy()
    expected = by_hand(sounding[0, 0].double().numpy(), picture[0].double().numpy(), radius).clip(0, 1)
    inside = (slice(2 * radius, -2 * radius),) * 2
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-4)


def test_a_blurred_edge_that_is_three_pixels_off_comes_to_within_one_of_the_pictures():
    side, column = 224, 101
    low = (torch.arange(side // 4) >= column // 4 + 1).float().expand(1, 1, side // 4, -1)  # three columns late
    plain = F.interpolate(low, (side, side), mode="bilinear")[0, 0, side // 2] > 0.5
    sounding = guided(torch.cat([1 - low, low], dim=1), step_at(column, side))[0, 1, side // 2] > 0.5
    assert plain.int().argmax() == column + 3
    assert abs(sounding.int().argmax() - column) <= 1


def test_a_picture_without_edges_smoothes_what_it_cannot_decide():
    low = (torch.arange(8) >= 4).float().expand(1, 1, 8, 8)
    sounding = guided(torch.cat([1 - low, low], dim=1), torch.zeros(1, 3, 32, 32))[0, 1]
    assert ((sounding > 0.5) == (torch.arange(32) >= 16)).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_and_nothing_stay_what_they_are_whatever_is_in_view(value):
    sounding = torch.full((2, 1, 12, 12), value)
    found = guided(torch.cat([1 - sounding, sounding], dim=1), seeded(2, 3, 48, 48))
    torch.testing.assert_close(found[:, 1], torch.full((2, 48, 48), value), atol=1e-5, rtol=0)


def test_probabilities_stay_probabilities_and_classes_keep_their_shares():
    probabilities = (3 * seeded(2, 4, 12, 16)).softmax(dim=1)
    found = guided(probabilities, seeded(2, 3, 48, 64, seed=1))
    assert found.shape == (2, 4, 48, 64) and found.min() >= 0
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, 48, 64))
    larger = F.interpolate(probabilities, (48, 64), mode="bilinear")
    heard = found[:, :1] < 0.99
    shares = found[:, 1:] / found[:, 1:].sum(dim=1, keepdim=True)
    expected = larger[:, 1:] / larger[:, 1:].sum(dim=1, keepdim=True)
    torch.testing.assert_close(shares * heard, expected * heard, atol=1e-5, rtol=0)


def test_frames_know_nothing_of_each_other():
    probabilities, pictures = seeded(2, 3, 12, 12).softmax(dim=1), seeded(2, 3, 48, 48, seed=1)
    alone = torch.cat([guided(probabilities[i : i + 1], pictures[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(guided(probabilities, pictures), alone)
