"""The second of a recording that is read for a still image."""

import numpy as np

from ravs.data.datasets.dataset_audio import middle_second


def test_the_second_that_is_read_is_the_middle_one():
    np.testing.assert_array_equal(middle_second(np.arange(100, dtype=np.float32), 10), np.arange(45, 55))
    np.testing.assert_array_equal(middle_second(np.arange(30, dtype=np.float32), 10), np.arange(10, 20))


def test_a_recording_shorter_than_three_seconds_is_repeated_from_its_start():
    track = np.arange(12, dtype=np.float32)  # 1.2 s at ten samples a second
    np.testing.assert_array_equal(middle_second(track, 10), [10, 11, 0, 1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(middle_second(np.zeros(0, np.float32), 10), np.zeros(10))
