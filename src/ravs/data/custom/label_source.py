"""A user's labels, wherever they come from: class indices for seconds of videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from ravs.config.labels import IGNORE_INDEX
from ravs.data.mask_files import Labels, resize_labels
from ravs.errors import InputError


@dataclass(frozen=True)
class Video:
    """A video, and the name of its masks and clips: its path below the folder it was found in, without suffix."""

    path: Path
    place: Path

    @property
    def name(self) -> str:
        """In one word: folders are joined by "_"."""
        return "_".join(self.place.parts).strip()


def check_names(videos: Sequence[Video]) -> None:
    """Raise InputError where two videos have the same name."""
    found: dict[str, Video] = {}
    for video in videos:
        if found.setdefault(video.name, video) is not video:
            paths = f"{found[video.name].path} and {video.path}"
            raise InputError(f"{paths} would both be called {video.name!r}: rename one, or make two sets")


class Instant(NamedTuple):
    """A second of a video, whose last frame is to be labelled."""

    video: Video
    second: int  # from 0
    end_s: float  # when it ends, on the video's clock
    frame: int  # number of its last frame in the file, from 0
    size: tuple[int, int]  # height and width of the frame as displayed


def fit_to_frame(labels: Labels, size: tuple[int, int], where: object) -> UInt8[np.ndarray, "rows columns"]:
    """Labels at the size of their frame, each pixel the nearest one. Raises InputError for another shape."""
    (height, width), (rows, columns) = labels.shape, size
    if abs(height * columns - width * rows) > max(rows, columns, height, width):  # a pixel by rounding
        raise InputError(
            f"{where} is {width}x{height} pixels, its video {columns}x{rows}, as displayed: mask the whole frame"
        )
    return resize_labels(labels, size)


def is_silent(labels: Labels) -> bool:
    """Whether nothing sounds in it, as far as it is known."""
    return not ((labels > 0) & (labels < IGNORE_INDEX)).any()
