"""PNG files with missing pixels, though every checksum is correct."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.check_png import check_png_pixels
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import DecodeError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES = {"L": 0, "RGB": 2}


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def save_png(path, width, rows, height, mode):
    """A black PNG with `rows` rows, whose header has `height`; not interlaced."""
    header = struct.pack(">IIBBBBB", width, height, 8, COLOR_TYPES[mode], 0, 0, 0)
    pixels = rows * bytes(1 + width * len(mode))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    path.write_bytes(SIGNATURE + body)


@pytest.mark.parametrize("kind", ["frame", "mask"])
def test_a_truncated_image_with_correct_checksums_is_found(miniature, kind):
    root = miniature("s4")
    opened = find_dataset(root)
    path = next(path for found, path in opened.files(opened.select("val")[0]) if found == kind)
    mode = {"frame": "RGB", "mask": "L"}[kind]
    save_png(path, 16, 16, 16, mode)
    assert check_dataset(opened).problems == ()
    save_png(path, 16, 5, 16, mode)
    with Image.open(path) as image:
        image.load()  # a decoder sees no fault
    (problem,) = check_dataset(opened).problems
    there, needed = (rows * (1 + 16 * len(mode)) for rows in (5, 16))
    assert (problem.path, problem.kind) == (path, "truncated")
    assert problem.text.endswith(f"{kind}: its pixels break off: {there} of {needed} bytes")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (16, 9)])
def test_complete_images_of_every_mode_and_size_pass(tmp_path, mode, size):
    Image.new(mode, size).save(tmp_path / "a.png")
    check_png_pixels(tmp_path / "a.png")


@pytest.mark.parametrize(("width", "height", "needed"), [(1, 1, 2), (8, 8, 79), (5, 3, 22)])
def test_interlaced_images_need_a_filter_for_each_row_of_each_pass(tmp_path, width, height, needed):
    def save(there):
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(there))) + chunk(b"IEND", b"")
        (tmp_path / "a.png").write_bytes(SIGNATURE + body)

    save(needed)
    check_png_pixels(tmp_path / "a.png")
    save(needed - 1)
    with pytest.raises(DecodeError, match=f"break off: {needed - 1} of {needed} bytes"):
        check_png_pixels(tmp_path / "a.png")


def test_pixels_that_cannot_be_unpacked_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 4), np.uint8))
    content = (tmp_path / "a.png").read_bytes()
    place = content.index(b"IDAT") + 4
    (tmp_path / "a.png").write_bytes(content[:place] + b"\xff\xff" + content[place + 2 :])
    with pytest.raises(DecodeError, match="cannot be unpacked"):
        check_png_pixels(tmp_path / "a.png")
