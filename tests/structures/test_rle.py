import numpy as np
import pytest

from ravs.structures.rle import Rle, decode_mask, encode_mask, pack_runs, unpack_runs


def packed_by_hand(runs):
    """COCO's text, one run and one digit after another."""
    text = ""
    for place, run in enumerate(runs):
        value = int(run) - (int(runs[place - 2]) if place > 2 else 0)
        more = True
        while more:
            digit = value & 31
            value >>= 5
            more = value != -1 if digit & 16 else value != 0
            text += chr(48 + digit + 32 * more)
    return text


def test_one_pixel_of_a_small_mask_is_worked_by_hand():
    mask = np.zeros((2, 3), bool)
    mask[1, 0] = True  # column by column: one zero, a one, four zeros
    assert encode_mask(mask) == Rle((2, 3), "114")


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([[0, 0], [0, 0]], "4"),
        ([[1, 1], [1, 1]], "04"),
        ([[1, 0], [0, 0]], "013"),
        ([[0, 0], [0, 1]], "31"),
        ([[0, 1], [0, 1]], "22"),
        ([[1, 0], [0, 1]], "0120"),  # runs 0 1 2 1: the fourth as 1 - 1
    ],
)
def test_masks_of_four_pixels_are_worked_by_hand(rows, counts):
    assert encode_mask(np.array(rows, bool)).counts == counts


def test_runs_of_many_sizes_are_packed_digit_by_digit():
    runs = np.array([0, 1, 15, 16, 31, 32, 1000, 3, 1_000_000, 2, 40_000, 7])
    assert pack_runs(runs) == packed_by_hand(runs)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (7, 13), (120, 90)])
def test_a_mask_comes_back_as_it_was_and_its_text_is_the_one_by_hand(seed, size):
    generator = np.random.default_rng(seed)
    mask = generator.random(size) < generator.choice([0.02, 0.5, 0.98])
    rle = encode_mask(mask)
    assert rle.counts == packed_by_hand(unpack_runs(rle.counts))
    np.testing.assert_array_equal(decode_mask(rle), mask)


def test_large_blobs_with_long_runs_come_back():
    rows, columns = np.mgrid[:720, :1280]
    mask = (rows - 300) ** 2 + (columns - 600) ** 2 < 200**2
    np.testing.assert_array_equal(decode_mask(encode_mask(mask)), mask)


def test_runs_that_do_not_fill_the_size_are_refused():
    with pytest.raises(ValueError, match="4 pixels do not fill a mask of 3 x 3"):
        decode_mask(Rle((3, 3), "4"))
