"""Encodings of position and time: distinct, and the same for the same relative position."""

import torch

from ravs.modeling.layers.position_encoding import sine_positions, sine_times

LIKE = torch.zeros(())


def test_every_position_and_every_second_has_an_encoding_of_its_own():
    for encoded in (sine_positions(12, 20, 16, LIKE)[0], sine_times(10, 16, LIKE)):
        apart = torch.cdist(encoded, encoded) + torch.eye(len(encoded)) * 10
        assert apart.min() > 0.05


def test_half_of_the_channels_encode_the_row_and_half_the_column():
    encoded = sine_positions(3, 5, 8, LIKE).view(3, 5, 8)
    assert torch.equal(encoded[:, :1, :4].expand(3, 5, 4), encoded[..., :4])
    assert torch.equal(encoded[:1, :, 4:].expand(3, 5, 4), encoded[..., 4:])


def test_a_position_has_the_same_encoding_at_three_times_the_resolution():
    small, large = sine_positions(3, 5, 8, LIKE).view(3, 5, 8), sine_positions(9, 15, 8, LIKE).view(9, 15, 8)
    torch.testing.assert_close(small, large[1::3, 1::3])


def test_odd_numbers_of_channels_are_filled():
    assert sine_positions(2, 3, 7, LIKE).shape == (1, 6, 7)
    assert sine_times(4, 5, LIKE).shape == (4, 5)


def test_encodings_come_in_the_dtype_they_are_added_to():
    assert sine_positions(2, 2, 4, LIKE.half()).dtype == torch.float16
