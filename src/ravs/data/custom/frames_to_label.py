"""Write the frames to be labelled: the last one of each second of a video, as VIDEO_SECOND.png."""

from collections.abc import Sequence
from pathlib import Path

from ravs.data.composition.formats.base import encode_png
from ravs.data.custom.create import cut_clips, describe_skipped
from ravs.data.custom.label_source import Video
from ravs.errors import InputError, RavsError
from ravs.files import write_atomic

CHUNK_SECONDS = 5  # seconds in memory


def write_frames(out: Path, videos: Sequence[Video]) -> tuple[int, list[str]]:
    """Write the frames of a data set of these videos; returns their number, and a line for each skipped video.

    Raises: InputError if a file exists already.
    """
    written, failed = 0, []
    for video in videos:
        try:
            written += _write(out, video)
        except InputError:
            raise
        except RavsError as error:
            failed.append(describe_skipped(video, error))
    return written, failed


def _write(out: Path, video: Video) -> int:
    """Write the frames of one video."""
    written = 0
    for clip, instants in cut_clips(video, CHUNK_SECONDS):
        for frame, instant in zip(clip.frames, instants, strict=True):
            path = out / f"{video.name}_{instant.second}.png"
            if path.exists():
                raise InputError(f"{path} is there already: name a new folder")
            write_atomic(path, encode_png(frame))
            written += 1
    return written
