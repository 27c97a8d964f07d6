from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.errors import DecodeError, InputError
from ravs.media import probe, read_frames
from ravs.structures.size_limit import max_pixels


@pytest.fixture
def image(tmp_path):
    """A PNG of 40 x 30 pixels."""
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_frames_with_more_pixels_than_the_limit_are_refused_and_the_limit_can_be_changed(image, monkeypatch):
    monkeypatch.setenv("RAVS_MAX_PIXELS", "1199")
    with pytest.raises(DecodeError, match=r"a\.png: 40 x 30 pixels .* the 1199 .* set RAVS_MAX_PIXELS=1200\."):
        probe(image)
    monkeypatch.setenv("RAVS_MAX_PIXELS", "1200")
    assert probe(image).width == 40


def test_frames_that_become_much_too_large_within_a_file_are_not_decoded(tmp_path, monkeypatch):
    sizes, content = ((40, 30), (400, 300), (40, 30)), b""
    for size in sizes:
        Image.new("RGB", size).save(tmp_path / "a.jpg")
        content += (tmp_path / "a.jpg").read_bytes()
    path = tmp_path / "a.mjpeg"
    path.write_bytes(content)
    assert [frame.decoded.width for frame in read_frames(path)] == [40, 400, 40]
    monkeypatch.setenv("RAVS_MAX_PIXELS", "1200")
    assert [frame.decoded.width for frame in read_frames(path)] == [40, 40]


def test_images_of_8192_pixels_a_side_are_within_the_limit(monkeypatch):
    monkeypatch.delenv("RAVS_MAX_PIXELS", raising=False)
    assert max_pixels() >= 8192 * 8192


@pytest.mark.parametrize("value", ["", "many", "-1", "0"])
def test_a_limit_that_is_no_number_is_refused(image: Path, monkeypatch, value):
    monkeypatch.setenv("RAVS_MAX_PIXELS", value)
    with pytest.raises(InputError, match=f"RAVS_MAX_PIXELS is '{value}'; it must be a number of pixels"):
        probe(image)
