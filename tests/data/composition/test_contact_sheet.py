import numpy as np

from ravs.data.composition.composed_clip import composed_clips
from ravs.data.composition.contact_sheet import TINT_ALPHA, draw_row, tint_sounding
from ravs.structures.palette import voc_color


def test_only_pixels_that_sound_are_tinted_with_the_color_of_their_class():
    frame = np.full((2, 2, 3), 100, np.uint8)
    mask = np.array([[0, 2], [0, 0]], np.uint8)
    painted = tint_sounding(frame, mask)
    np.testing.assert_array_equal(painted[mask == 0], frame[mask == 0])
    expected = np.rint(100 * (1 - TINT_ALPHA) + np.array(voc_color(2)) * TINT_ALPHA)
    np.testing.assert_array_equal(painted[0, 1], expected)


def test_each_object_and_what_is_off_screen_has_a_bar(library):
    for clip in composed_clips(library, "negative", 6, 1, 32):
        bars = len(clip.info["objects"]) + (clip.info["off_screen"] is not None)
        assert draw_row(clip).height == 160 + 12 + 14 * bars
