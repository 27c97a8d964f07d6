import numpy as np
import pytest

from ravs.visualization.token_maps import (
    COLD_COLORS,
    WARM_COLORS,
    blend,
    borders,
    color_ramp,
    group_colors,
    match_group_numbers,
    paint_groups,
    paint_response,
    response_colors,
    upsample_tokens,
)

GRAY = np.full((8, 8, 3), 90, np.uint8)


def test_each_token_covers_its_own_quarter_of_the_image():
    image = upsample_tokens(np.array([[0, 1], [2, 3]]), 8, 8)
    expected = np.zeros((8, 8), int)
    expected[:4, 4:], expected[4:, :4], expected[4:, 4:] = 1, 2, 3
    np.testing.assert_array_equal(image, expected)


def test_a_pixel_has_the_token_that_its_middle_lies_in():
    np.testing.assert_array_equal(upsample_tokens(np.array([[7, 8, 9]]), 1, 5), [[7, 7, 8, 9, 9]])
    np.testing.assert_array_equal(upsample_tokens(np.arange(4)[:, None], 2, 1), [[1], [3]])


def test_borders_lie_before_the_change_and_nowhere_else():
    found = borders(np.array([[0, 0, 1], [0, 0, 1], [2, 2, 1]]))
    np.testing.assert_array_equal(found, [[0, 1, 0], [1, 1, 0], [0, 1, 0]])
    assert not borders(np.zeros((4, 4), int)).any()


def test_a_ramp_goes_from_its_first_stop_over_the_middle_to_its_last():
    stops = ((0, 0, 0), (100, 50, 0), (200, 250, 40))
    np.testing.assert_allclose(
        color_ramp(np.array([0, 0.25, 0.5, 1]), stops), [(0, 0, 0), (50, 25, 0), stops[1], stops[2]]
    )


@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_responses_are_warm_above_the_threshold_and_cold_up_to_it(threshold):
    response = np.linspace(0, 1, 101)
    colors = response_colors(response, threshold)
    np.testing.assert_array_equal(colors[:, 0] > colors[:, 2], response > threshold)
    np.testing.assert_allclose(colors[[0, -1]], [COLD_COLORS[0], WARM_COLORS[-1]])


def test_the_farther_from_the_threshold_the_darker():
    light = response_colors(np.linspace(0, 1, 101), 0.5).sum(axis=-1)
    assert (np.diff(light[:51]) > 0).all()
    assert (np.diff(light[51:]) < 0).all()


def test_groups_have_colors_that_can_be_distinguished():
    colors = group_colors(14)
    apart = np.linalg.norm(colors[:, None] - colors, axis=-1)[np.triu_indices(14, 1)]
    assert apart.min() > 40
    np.testing.assert_array_equal(colors[:5], group_colors(5))


def test_full_opacity_shows_the_color_alone_and_none_a_gray_image():
    image = np.random.default_rng(0).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    colors = np.broadcast_to(np.array([10.0, 200.0, 30.0]), (2, 2, 3))
    np.testing.assert_array_equal(blend(image, colors, np.ones((2, 2))), np.rint(colors))
    gray = blend(image, colors, np.zeros((2, 2)))
    assert (gray == gray[..., :1]).all()


def test_groups_of_tokens_land_on_their_pixels_in_their_colors():
    painted = paint_groups(GRAY, np.array([[0, 1], [2, 2]]), np.ones((2, 2)))
    hues = group_colors(3)
    for place, group in (((0, 0), 0), ((0, 7), 1), ((7, 0), 2), ((7, 7), 2)):
        distance = np.linalg.norm(hues - painted[place], axis=-1)
        assert distance.argmin() == group
    assert (painted[5:, :] == painted[7, 7]).all()  # one group of two tokens has no border inside
    assert (painted[:4, 3].sum(axis=-1) > painted[0, 0].sum()).all()  # the border is brighter than what it parts


def test_a_more_relevant_token_has_the_stronger_color():
    painted = paint_groups(GRAY, np.zeros((2, 2), int), np.array([[0.0, 0.5], [0.5, 1.0]])).astype(int)
    strength = painted.max(axis=-1) - painted.min(axis=-1)
    assert strength[0, 0] < strength[0, 7] == strength[7, 0] < strength[7, 7]


def test_positives_are_warm_negatives_cold_and_a_dark_line_parts_them():
    painted = paint_response(GRAY, np.array([[0, 1], [0, 1]]), np.array([0.2, 0.9]), 0.5).astype(int)
    assert (painted[:, :3, 2] > painted[:, :3, 0]).all()
    assert (painted[:, 5:, 0] > painted[:, 5:, 2]).all()
    assert (painted[:, 3:5] < 30).all()


def test_two_groups_on_one_side_are_parted_by_a_bright_line():
    painted = paint_response(GRAY, np.array([[0, 1], [0, 1]]), np.array([0.2, 0.3]), 0.5).astype(int)
    assert (painted[:, 3].sum(axis=-1) > painted[:, 0].sum(axis=-1)).all()
    assert (painted[:, :, 2] > painted[:, :, 0]).all()


def test_groups_keep_the_number_of_the_group_that_they_overlap_most():
    before = np.array([[0, 0, 0], [1, 1, 2]])
    after = np.array([[2, 2, 0], [0, 0, 1]])
    np.testing.assert_array_equal(match_group_numbers(before, after), [[0, 0, 1], [1, 1, 2]])


def test_renumbering_parts_and_joins_nothing():
    generator = np.random.default_rng(1)
    before, after = generator.integers(0, 6, (2, 9, 9))
    renumbered = match_group_numbers(before, after)
    pairs = set(zip(after.ravel().tolist(), renumbered.ravel().tolist(), strict=True))
    assert len(pairs) == len(set(after.ravel().tolist())) == len(set(renumbered.ravel().tolist()))
