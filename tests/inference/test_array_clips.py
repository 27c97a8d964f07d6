import numpy as np

from ravs.inference.array_clips import clips_of_arrays


def test_arrays_are_cut_into_windows_with_the_second_before_each_frame():
    waveform = np.arange(40, dtype=np.float32)[None]
    frames = np.zeros((3, 2, 2, 3), np.uint8)
    clips = list(clips_of_arrays(frames, np.array([0.5, 1.0, 4.5]), waveform, 10, window=2))
    assert [len(clip) for clip in clips] == [2, 1]
    assert clips[0].waveform[0].tolist() == [0] * 5 + [0, 1, 2, 3, 4] + list(range(10))
    assert clips[1].waveform[0].tolist() == [35, 36, 37, 38, 39] + [0] * 5
    assert clips[1].ends_s == (4.5,)
