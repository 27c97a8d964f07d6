"""Clips are validated when they are made."""

import numpy as np
import pytest

from ravs.structures.clip import Clip, LabelledClip


def make(kind=Clip, **changes):
    fields = {
        "frames": np.zeros((3, 5, 7, 3), np.uint8),
        "waveform": np.zeros((2, 48000), np.float32),
        "times_s": np.arange(3.0),
        "sample_rate_hz": 16000,
    }
    return kind(**{**fields, **changes})


def test_a_clip_of_three_seconds_is_three_long():
    assert len(make()) == 3


def test_a_clip_with_too_little_audio_says_how_much_is_missing_and_what_to_do():
    with pytest.raises(ValueError, match=r"3 frames need 3 s of audio.*2\.00 s at 16000 Hz: pad"):
        make(waveform=np.zeros((1, 32000), np.float32))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": np.zeros((3, 3, 5, 7), np.uint8)}, r"shape \(3, 3, 5, 7\), not \(seconds, height, width, 3\)"),
        ({"frames": np.zeros((3, 5, 7, 3), np.float32)}, r"float32, not uint8"),
        ({"frames": np.zeros((0, 5, 7, 3), np.uint8)}, r"one frame at least"),
        ({"waveform": np.zeros(48000, np.float32)}, r"not \(1 or 2 channels, samples\)"),
        ({"waveform": np.zeros((6, 48000), np.float32)}, r"mix down"),
        ({"waveform": np.zeros((1, 48000))}, r"float64, not float32"),
        ({"waveform": np.zeros((1, 50000), np.float32)}, r"cut it, or give more frames"),
        ({"waveform": np.full((1, 48000), np.nan, np.float32)}, r"not finite \(NaN, infinity\): replace them by zeros"),
        ({"sample_rate_hz": 0}, r"sample_rate_hz is 0"),
        ({"times_s": np.arange(2.0)}, r"times_s has 2 entries for 3 frames"),
        ({"short": (True,)}, r"short has 1 entries for 3 frames"),
    ],
)
def test_a_field_that_does_not_fit_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        make(**change)


def test_masks_must_match_the_frames():
    assert make(LabelledClip, masks=np.zeros((3, 5, 7), np.uint8), name="a").name == "a"
    for masks in (np.zeros((2, 5, 7), np.uint8), np.zeros((3, 5, 7), np.int64)):
        with pytest.raises(ValueError, match=r"one class index for each pixel"):
            make(LabelledClip, masks=masks)
    with pytest.raises(ValueError, match=r"3 frames need 3 s"):
        make(LabelledClip, masks=np.zeros((3, 5, 7), np.uint8), waveform=np.zeros((1, 1), np.float32))


def test_a_part_has_its_own_seconds_of_everything_and_keeps_the_fields_of_the_clip():
    clip = make(
        LabelledClip,
        frames=np.arange(3, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3),
        waveform=np.arange(3, dtype=np.float32).repeat(16000)[None] / 4,
        masks=np.arange(3, dtype=np.uint8)[:, None, None],
        pts=(5, 6, 7),
        look_alike=(True, False, False),
        in_view=("dog",),
        name="a",
    )
    part = clip.part(1, 5)
    assert (len(part), part.pts, part.look_alike) == (2, (6, 7), (False, False))
    assert (part.name, part.in_view, part.short) == ("a", ("dog",), ())
    np.testing.assert_array_equal(part.waveform, [[0.25] * 16000 + [0.5] * 16000])
    np.testing.assert_array_equal(part.frames[:, 0, 0, 0], [1, 2])
    np.testing.assert_array_equal(part.masks[:, 0, 0], [1, 2])
    assert part.times_s.tolist() == [1.0, 2.0]
