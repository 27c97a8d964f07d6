"""`examples/moving_picture.py` draws what is marked with the audio, and that nothing is without."""

import importlib.util
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.media import read_audio, write_video
from support.audio_gated_model import RATE_HZ, segmenter

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def moving_picture():
    spec = importlib.util.spec_from_file_location("moving_picture", EXAMPLES / "moving_picture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.WIDTH, module.FRAMES_PER_SECOND = 64, 2
    return module


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Four gray seconds with noise."""
    path = tmp_path_factory.mktemp("clips") / "gray.mp4"
    noise = np.random.default_rng(1).normal(scale=0.1, size=(1, 4 * RATE_HZ)).astype(np.float32)
    frames = [(np.full((64, 64, 3), 128, np.uint8), Fraction(index, 2)) for index in range(8)]
    write_video(path, frames, end_s=Fraction(4), sound=(noise, RATE_HZ))
    return path


def test_the_second_half_shows_the_same_frames_in_silence(moving_picture, clip, tmp_path):
    moving_picture.repeat_muted(clip, tmp_path / "twice.mp4")
    audio = read_audio(tmp_path / "twice.mp4", RATE_HZ)[0]
    assert np.abs(audio[: 2 * RATE_HZ]).max() > 0.1 and np.abs(audio[int(3.1 * RATE_HZ) :]).max() < 1e-3
    assert [round(image.height / image.width, 3) for image in moving_picture.thin_out(tmp_path / "twice.mp4")] == [
        1
    ] * 12


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_the_masks_vanish_in_the_muted_half(moving_picture, clip, tmp_path, suffix):
    moving_picture.draw(clip, tmp_path / f"out.{suffix}", segmenter())
    colors = []
    with Image.open(tmp_path / f"out.{suffix}") as picture:
        assert picture.info.get("loop") == 0
        for index in range(picture.n_frames):
            picture.seek(index)
            pixel = picture.convert("RGB").getpixel((8, 50))  # on the left, which the model marks where it is loud
            colors.append(max(pixel) - min(pixel) > 20)
    assert colors[0] and not colors[-1]


def test_the_picture_of_the_readme_is_small_and_lasts_six_seconds():
    path = EXAMPLES / "film" / "muted.webp"
    assert path.stat().st_size <= 1_500_000
    with Image.open(path) as picture:
        duration_ms = 0
        for index in range(picture.n_frames):
            picture.seek(index)
            picture.load()
            duration_ms += picture.info["duration"]
    assert duration_ms == 6000
    assert (EXAMPLES / "film" / "strip.png").stat().st_size <= 700_000
