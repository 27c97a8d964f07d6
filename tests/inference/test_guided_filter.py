"""Outlines that follow the image: against a filter written out window by window, and what must not change."""

import numpy as np
import pytest
import torch
from kornia.filters import guided_blur
from torch.nn import functional as F

from ravs.inference.guided_filter import EPSILON, RADIUS_SHARE, guided_filter, guided_upsample


def seeded(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def step_at(column, side=32):
    """An image that is dark left of a column and bright right of it."""
    image = torch.full((1, 3, side, side), -1.0)
    image[..., column:] = 1.0
    return image


def by_hand(sounding, image, radius):
    """The filter of He et al., one window after another; what lies beyond the border is its mirror image."""
    wide = np.pad(image, ((0, 0), (2 * radius,) * 2, (2 * radius,) * 2), mode="reflect")
    target = np.pad(sounding, 2 * radius, mode="reflect")
    rows, columns = sounding.shape
    fits = {}
    for row in range(rows + 2 * radius):
        for column in range(columns + 2 * radius):
            window = (slice(row, row + 2 * radius + 1), slice(column, column + 2 * radius + 1))
            colors, values = wide[(slice(None), *window)].reshape(3, -1), target[window].ravel()
            spread = np.cov(colors, bias=True) + EPSILON * np.eye(3)
            slope = np.linalg.solve(spread, (colors * values).mean(axis=1) - colors.mean(axis=1) * values.mean())
            fits[row, column] = (*slope, values.mean() - slope @ colors.mean(axis=1))
    out = np.empty_like(sounding)
    for row in range(rows):
        for column in range(columns):
            around = [fits[row + i, column + j] for i in range(2 * radius + 1) for j in range(2 * radius + 1)]
            *slope, offset = np.mean(around, axis=0)
            out[row, column] = slope @ image[:, row, column] + offset
    return out


@pytest.mark.parametrize(("side", "radius"), [(48, 1), (75, 2)])
def test_away_from_the_border_it_is_the_filter_of_he_et_al(side, radius):
    assert max(round(RADIUS_SHARE * side), 1) == radius
    sounding, image = seeded(1, 1, side, side), seeded(1, 3, side, side, seed=1)
    found = guided_upsample(torch.cat([1 - sounding, sounding], dim=1), image)[0, 1].double().numpy()
    expected = by_hand(sounding[0, 0].double().numpy(), image[0].double().numpy(), radius).clip(0, 1)
    inside = (slice(2 * radius, -2 * radius),) * 2
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-4)


@pytest.mark.parametrize(("size", "radius"), [((40, 56), 1), ((48, 33), 4), ((16, 17), 15)])
def test_up_to_the_border_it_is_the_filter_of_kornia(size, radius):
    target, images = seeded(2, 1, *size), 4 * seeded(2, 3, *size, seed=1) - 2
    found = guided_filter(target, images, radius, EPSILON)
    torch.testing.assert_close(found, guided_blur(images, target, 2 * radius + 1, EPSILON), atol=1e-5, rtol=0)


def test_a_blurred_edge_that_is_three_pixels_off_comes_to_within_one_of_the_images():
    side, column = 224, 101
    low = (torch.arange(side // 4) >= column // 4 + 1).float().expand(1, 1, side // 4, -1)  # three columns late
    plain = F.interpolate(low, (side, side), mode="bilinear")[0, 0, side // 2] > 0.5
    sounding = guided_upsample(torch.cat([1 - low, low], dim=1), step_at(column, side))[0, 1, side // 2] > 0.5
    assert plain.int().argmax() == column + 3
    assert abs(sounding.int().argmax() - column) <= 1


def test_an_image_without_edges_blurs_and_moves_nothing():
    low = (torch.arange(8) >= 4).float().expand(1, 1, 8, 8)
    plain = F.interpolate(low, (32, 32), mode="bilinear")[0, 0]
    sounding = guided_upsample(torch.cat([1 - low, low], dim=1), torch.zeros(1, 3, 32, 32))[0, 1]
    assert ((sounding > 0.5) == (torch.arange(32) >= 16)).all()
    assert (sounding[:, 12] > plain[:, 12]).all() and (sounding[:, 19] < plain[:, 19]).all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_all_and_nothing_stay_what_they_are_whatever_is_in_view(value):
    sounding = torch.full((2, 1, 12, 12), value)
    found = guided_upsample(torch.cat([1 - sounding, sounding], dim=1), seeded(2, 3, 48, 48))
    torch.testing.assert_close(found[:, 1], torch.full((2, 48, 48), value), atol=1e-5, rtol=0)


@pytest.mark.parametrize("sureness", [1.0, 20.0, 60.0])
def test_probabilities_stay_probabilities_however_sure_they_are(sureness):
    probabilities = (sureness * seeded(2, 4, 12, 16)).softmax(dim=1)
    found = guided_upsample(probabilities, seeded(2, 3, 48, 64, seed=1))
    assert found.shape == (2, 4, 48, 64) and found.min() >= 0
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2, 48, 64))


@pytest.mark.parametrize("gap", [6.0, 20.0, 80.0])
def test_no_class_appears_that_was_nowhere_near(gap):
    logits = torch.zeros(1, 4, 16, 16)
    logits[:, 0] = gap
    logits[:, 1, :, 8:] = gap / 4  # of what does not sound, this class is likeliest on the right
    logits[:, 3, 4:12, 2:9] = 2 * gap
    found = guided_upsample(logits.softmax(dim=1), seeded(1, 3, 64, 64))[0]
    marked = 1 - found[0] > 0.2
    assert marked.sum() > 400 and (found[1:].argmax(dim=0)[marked] == 2).all()


def test_where_two_classes_meet_each_keeps_its_side():
    probabilities = torch.zeros(1, 3, 16, 16)
    probabilities[:, 1, :, :8] = probabilities[:, 2, :, 8:] = 1.0
    found = guided_upsample(probabilities, step_at(32, side=64))[0]
    assert (found[1:].argmax(dim=0) == (torch.arange(64) >= 32)).all()


@pytest.mark.parametrize("size", [(16, 16), (32, 128), (3, 7)])
def test_images_may_have_any_size(size):
    found = guided_upsample(seeded(1, 3, 4, 4).softmax(dim=1), seeded(1, 3, *size))
    assert found.shape == (1, 3, *size) and found.isfinite().all()


def test_frames_are_filtered_independently():
    probabilities, images = seeded(2, 3, 12, 12).softmax(dim=1), seeded(2, 3, 48, 48, seed=1)
    alone = torch.cat([guided_upsample(probabilities[i : i + 1], images[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(guided_upsample(probabilities, images), alone)
