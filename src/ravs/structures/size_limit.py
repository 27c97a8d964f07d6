"""The largest frame that is read: a file of some kilobytes can hold frames that take gigabytes of memory."""

import os
from pathlib import Path

from ravs.errors import DecodeError, InputError

MAX_PIXELS = 8192 * 8192  # of a frame; segmenting one takes 60 bytes a pixel and more


def max_pixels() -> int:
    """The largest number of pixels of a frame, which the environment variable RAVS_MAX_PIXELS changes.

    Raises: InputError for a value that is no number.
    """
    value = os.environ.get("RAVS_MAX_PIXELS", str(MAX_PIXELS))
    if not value.isdecimal() or not int(value):
        raise InputError(f"RAVS_MAX_PIXELS is {value!r}; it must be a number of pixels, such as {MAX_PIXELS}")
    return int(value)


def check_size(width: int, height: int, path: Path) -> None:
    """Raise DecodeError for a frame with more pixels than are read."""
    if width * height > max_pixels():
        raise DecodeError(
            f"{path.name}: {width} x {height} pixels are more than the {max_pixels()} that are read, as a protection "
            f"against files made to exhaust memory. If it is what it should be, set RAVS_MAX_PIXELS={width * height}."
        )
