"""What is read of videos whose frames and beeps are known."""

import numpy as np

from ravs.media import read_clips

HZ = 8000


def joined(path, window=4, **options):
    clips = list(read_clips(path, window=window, sample_rate_hz=HZ, **options))
    assert all(len(clip) == window for clip in clips[:-1])
    return clips


def indices_of(clips):
    return [index for clip in clips for index in clip.frame_indices]


def loud_seconds(clips):
    """For each second of audio: the times inside it, in ms, between which something is heard; None for silence."""
    found = []
    for clip in clips:
        for second in clip.waveform[0].reshape(-1, HZ):
            heard = np.flatnonzero(np.abs(second) > 0.1)
            found.append((round(heard[0] / 8), round(heard[-1] / 8)) if heard.size else None)
    return found
