"""Frames to be labelled in other tools: the last one of each second of a video, as VIDEO_SECOND.png."""

from collections.abc import Sequence
from pathlib import Path

from ravs.data.own.create import clips_of
from ravs.data.own.labels import Video
from ravs.data.published_form import png
from ravs.errors import InputError
from ravs.files import write_whole

AT_ONCE = 5  # seconds in memory


def write_frames(out: Path, videos: Sequence[Video]) -> int:
    """Write the pictures that a set of these videos will have; returns how many.

    Raises: InputError for a picture that is there already; as read_clips does.
    """
    written = 0
    for video in videos:
        for clip, instants in clips_of(video, AT_ONCE):
            for picture, instant in zip(clip.frames, instants, strict=True):
                path = out / f"{video.name}_{instant.second}.png"
                if path.exists():
                    raise InputError(f"{path} is there already: name a new folder")
                write_whole(path, png(picture))
                written += 1
    return written
