"""What all sources of labels share: videos, their seconds, and masks at the size of a frame."""

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
    """A video and its name, which is its path below the given folder, without suffix."""

    path: Path
    relative_path: Path

    @property
    def name(self) -> str:
        """The name, with folders joined by "_"."""
        return "_".join(self.relative_path.parts).strip()


def check_names(videos: Sequence[Video]) -> None:
    """Raise InputError if two videos have the same name."""
    found: dict[str, Video] = {}
    for video in videos:
        if found.setdefault(video.name, video) is not video:
            paths = f"{found[video.name].path} and {video.path}"
            raise InputError(f"{paths} would both be called {video.name!r}: rename one, or make two sets")


class Instant(NamedTuple):
    """The last frame of a second of a video, which is the one to be labelled."""

    video: Video
    second: int  # from 0
    end_s: float  # end of the second, on the video's clock
    frame: int  # index of the frame in the file, from 0
    size: tuple[int, int]  # height and width of the frame as displayed


def fit_to_frame(labels: Labels, size: tuple[int, int], where: object) -> UInt8[np.ndarray, "rows columns"]:
    """Labels resized to a frame, by nearest pixels. Raises InputError for another aspect ratio."""
    (height, width), (rows, columns) = labels.shape, size
    if abs(height * columns - width * rows) > max(rows, columns, height, width):  # allows for rounding by a pixel
        raise InputError(
            f"{where} is {width}x{height} pixels, its video {columns}x{rows}, as displayed: mask the whole frame"
        )
    return resize_labels(labels, size)


def is_silent(labels: Labels) -> bool:
    """Whether no pixel is labelled as sounding."""
    return not ((labels > 0) & (labels < IGNORE_INDEX)).any()
