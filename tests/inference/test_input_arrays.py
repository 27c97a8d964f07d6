"""Frames and audio of every usual form are read alike, and what cannot be told apart is refused with its remedy."""

import numpy as np
import pytest
import torch

from ravs.errors import InputError
from ravs.inference.input_arrays import read_frames, read_sample_rate, read_times, read_waveform

STEREO = np.array([[0.5, -0.25, 0.0, 1.0], [0.125, 0.0, -1.0, 0.75]], np.float32)  # channels, samples
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "form",
    [
        STEREO,
        STEREO.T,  # as soundfile reads it
        STEREO.astype(np.float64),
        STEREO.astype(np.float16),
        STEREO.tolist(),
        torch.from_numpy(STEREO),
        torch.from_numpy(STEREO.T.copy()).requires_grad_(),
        torch.from_numpy(STEREO).to(torch.bfloat16),
    ],
    ids=[
        "channels first",
        "samples first",
        "float64",
        "float16",
        "list",
        "tensor",
        "tensor, samples first",
        "bfloat16",
    ],
)
def test_audio_of_every_form_is_the_same_channels_of_samples(form):
    found = read_waveform(form, 48000)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, STEREO)


@pytest.mark.parametrize(
    ("integers", "values"),
    [
        (np.array([-32768, 0, 16384, 32767], np.int16), [-1, 0, 0.5, 32767 / 32768]),
        (np.array([-(2**31), 0, 2**30], np.int32), [-1, 0, 0.5]),
        (np.array([-128, 0, 64], np.int8), [-1, 0, 0.5]),
        (np.array([0, 128, 192], np.uint8), [-1, 0, 0.5]),
        (torch.tensor([-32768, 0, 16384], dtype=torch.int16), [-1, 0, 0.5]),
    ],
)
def test_integers_are_divided_by_the_full_scale_of_their_type(integers, values):
    np.testing.assert_array_equal(read_waveform(integers, 48000), np.array([values], np.float32))


def test_one_axis_is_mono_and_an_axis_of_one_beside_a_long_one_too():
    for form in (STEREO[0], STEREO[:1], STEREO[:1].T):
        np.testing.assert_array_equal(read_waveform(form, 48000), STEREO[:1])


@pytest.mark.parametrize(
    ("waveform", "message"),
    [
        (np.zeros((2, 2)), r"\(2, 2\) may be \(channels, samples\) or \(samples, channels\)"),
        (np.zeros((1, 2)), r"\(1, 2\) may be"),
        (np.zeros((6, 48000)), r"\(6, 48000\).*this has 6 channels; mix more than two down to stereo"),
        (np.zeros((1, 2, 48000)), r"\(1, 2, 48000\): give one clip as \(channels, samples\)"),
        (np.float32(0.5), r"shape \(\)"),
        (np.zeros(9, np.int64), "int64, whose full scale no recording has: give int16"),
        (np.zeros(9, bool), "bool, not an array of numbers"),
        (np.array(["a"]), "not an array of numbers"),
        (None, "object, not an array of numbers"),
        ([[0.0, 1.0], [0.0]], "its parts differ in shape"),
        (np.array([0, 0, np.nan, np.inf]), r"2 values that are not finite \(NaN, infinity\), the first at 0\.002 s"),
        (np.array([0, 20000], np.float32), "float32 with values up to 20000, and floats lie in -1 … 1: divide"),
    ],
)
def test_audio_that_cannot_be_meant_is_refused(waveform, message):
    with pytest.raises(InputError, match=message):
        read_waveform(waveform, 1000)


@pytest.mark.parametrize(
    "form",
    [
        IMAGES,
        IMAGES.transpose(0, 3, 1, 2),
        torch.from_numpy(IMAGES),
        torch.from_numpy(IMAGES).permute(0, 3, 1, 2),
        list(IMAGES),
        IMAGES / 255,
        torch.from_numpy(IMAGES).permute(0, 3, 1, 2).float() / 255,
    ],
    ids=["as it is", "channels first", "tensor", "tensor, channels first", "list", "floats", "float tensor"],
)
def test_frames_of_every_form_are_the_same_images(form):
    found = read_frames(form)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, IMAGES)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (IMAGES[0], r"\(5, 7, 3\).*frames\[None\] makes one frame a clip"),
        (IMAGES[None], r"\(1, 2, 5, 7, 3\).*give one clip at a time"),
        (np.zeros((2, 3, 5, 3), np.uint8), r"\(2, 3, 5, 3\) may be \(number, height, width, 3\) or"),
        (np.zeros((2, 5, 7, 4), np.uint8), r"\(2, 5, 7, 4\).*drop an alpha channel"),
        (np.zeros((3, 9, 5, 7), np.uint8), r"\(3, 9, 5, 7\), not .*move the axes"),
        (IMAGES[:0], r"\(0, 5, 7, 3\): give one frame at least"),
        (IMAGES.astype(np.int64), "frames are int64: give uint8"),
        (IMAGES.astype(np.float32), "float32 with values from 0 to 249, and floats mean 0 … 1: give uint8"),
        (IMAGES / 127.5 - 1, "floats mean 0 … 1.*no normalized images"),
        (np.full((1, 5, 7, 3), np.nan), "from nan to nan"),
        ([np.zeros((5, 7, 3)), np.zeros((5, 8, 3))], "frames: its parts differ in shape"),
    ],
)
def test_frames_that_cannot_be_meant_are_refused(frames, message):
    with pytest.raises(InputError, match=message):
        read_frames(frames)


@pytest.mark.parametrize("rate", [48000, np.int64(48000), 48000.0])
def test_a_sample_rate_is_a_whole_number(rate):
    assert read_sample_rate(rate) == 48000


@pytest.mark.parametrize("rate", [0, -1, 48, 44.1, 22050.5, float("nan"), float("inf"), None, "48000", True])
def test_a_sample_rate_that_audio_cannot_have_is_refused(rate):
    with pytest.raises(InputError, match="give whole samples a second, such as 48000"):
        read_sample_rate(rate)


@pytest.mark.parametrize(
    ("times_s", "message"),
    [([1.0], r"shape \(1,\) for 2 frames"), ([2.0, 1.0], "not in order"), ([1.0, np.nan], "NaN")],
)
def test_times_of_frames_are_one_each_in_order(times_s, message):
    np.testing.assert_array_equal(read_times(torch.tensor([1, 2]), 2), [1.0, 2.0])
    with pytest.raises(InputError, match=message):
        read_times(times_s, 2)
