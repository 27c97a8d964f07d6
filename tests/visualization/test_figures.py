import numpy as np

from ravs.visualization.figures import draw_groups, draw_response, draw_uncertainty, follow_groups, times_of
from ravs.visualization.image_grid import GAP, LINE_HEIGHT, MARGIN, MIN_CELL_WIDTH, ROW_NAME_WIDTH, draw_head
from ravs.visualization.token_maps import UNCERTAINTY_COLORS

SIDE_OF_IMAGE = 8


def image_at(sheet, column, row_top):
    """The pixels of one image of a sheet, whose first band begins below the head."""
    left = (
        MARGIN + ROW_NAME_WIDTH + column * (MIN_CELL_WIDTH + GAP) + (MIN_CELL_WIDTH - SIDE_OF_IMAGE) // 2
    )  # narrow images stand in the middle
    top = MARGIN + draw_head("X", "x").height + MARGIN // 2 + LINE_HEIGHT + row_top
    return np.asarray(sheet).astype(int)[top : top + SIDE_OF_IMAGE, left : left + SIDE_OF_IMAGE]


def test_times_are_those_of_the_ends_of_the_seconds(second):
    assert times_of([second(1.0), second(2.1), second(61.0)]) == ["0:01.0", "0:02.1", "1:01.0"]


def test_the_response_stands_below_the_frame_in_the_order_of_time(second):
    sheet = draw_response([second(1.0, response=(0.9,) * 4), second(2.0, response=(0.1,) * 4)], 0.5, "x")
    warm, cold = (image_at(sheet, column, SIDE_OF_IMAGE + GAP) for column in (0, 1))
    assert (warm[..., 0] > warm[..., 2]).all()
    assert (cold[..., 2] > cold[..., 0]).all()
    for column in (0, 1):
        assert (image_at(sheet, column, 0) == 90).all()  # the frame itself


def test_quarters_of_the_image_have_the_side_of_their_group(second):
    painted = image_at(draw_response([second(1.0)], 0.5, "x"), 0, SIDE_OF_IMAGE + GAP)
    warm = painted[..., 0] > painted[..., 2]
    assert [warm[0, 0], warm[0, 7], warm[7, 0], warm[7, 7]] == [False, True, False, True]  # 0.1, 0.9, 0.4, 0.6


def test_a_certain_second_is_gray_and_an_uncertain_one_red(second):
    sheet = draw_uncertainty([second(1.0), second(2.0, uncertainty=1.0)], "x")
    calm, unsure = (image_at(sheet, column, 2 * SIDE_OF_IMAGE + GAP + LINE_HEIGHT) for column in (0, 1))
    assert (calm == UNCERTAINTY_COLORS[0]).all()
    assert (unsure == UNCERTAINTY_COLORS[-1]).all()


def test_groups_that_only_change_their_number_are_painted_alike(second):
    swapped = [second(1.0), second(2.0, of_token=((3, 2), (1, 0)))]
    sheet = draw_groups(swapped, 0, "x")
    one, other = (image_at(sheet, column, SIDE_OF_IMAGE + GAP) for column in (0, 1))
    np.testing.assert_array_equal(one, other)
    assert len(np.unique(one[[0, 0, 7, 7], [0, 7, 0, 7]], axis=0)) == 4


def test_numbers_are_followed_over_more_than_two_seconds():
    maps = [np.array([[0, 1]]), np.array([[1, 0]]), np.array([[0, 1]]), np.array([[1, 0]])]
    assert [found.tolist() for found in follow_groups(maps)] == [[[0, 1]]] * 4


def test_the_title_is_larger_than_what_it_is_of():
    assert draw_head("word", "").width > draw_head("", "word").width
