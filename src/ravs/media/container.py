"""Open a media file: its video and audio streams, and the zero of its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ravs.errors import DecodeError
from ravs.structures.size_limit import check_size, max_pixels

TEXT_FORMATS = frozenset({"tty"})  # FFmpeg would render a text file as video
SEEKABLE = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})  # their index gives exact times after a seek
READ_ERRORS = (av.error.FFmpegError, IndexError)  # IndexError: PyAV's, where a damaged file gains a stream
MAX_PREROLL_S = Fraction(1, 10)  # audio may start this much before the video because of its codec's priming
COVER_ART = Disposition.attached_pic | Disposition.timed_thumbnails


@contextmanager
def open_input(path: Path) -> Iterator[InputContainer]:
    """Open a container for reading, and close it at the end.

    Raises:
        DecodeError: the file is missing, empty, or not a media file that FFmpeg knows.
    """
    try:
        container = av.open(absolute_path(path), metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise DecodeError(f"{path.name}: cannot be decoded ({error_text(error)}).") from error
    with container:
        if container.format.name in TEXT_FORMATS:
            raise DecodeError(f"{path.name}: cannot be decoded (it is text, not a video).")
        yield container


def absolute_path(path: Path) -> str:
    """The absolute path, since FFmpeg takes the part of a relative one before a colon for a protocol.

    It would fetch the file `https:a.mp4` from the network.
    """
    return str(path.absolute())


def error_text(error: Exception) -> str:
    """FFmpeg's short description of an error, without path and number."""
    if isinstance(error, IndexError):
        return "the file is damaged"
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")


def video_streams(container: InputContainer) -> list[VideoStream]:
    """The video streams that are not cover art and have a decoder, the one to show first.

    That is the first in the file; but in an animated AVIF the animation, which comes after a still, and in an icon the
    largest image.
    """
    found = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & COVER_ART]
    is_icon = container.format.name == "ico"
    return sorted(found, key=lambda stream: (not stream.duration, -stream.width if is_icon else 0))


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The video stream that is shown. Raises DecodeError if there is none, or if its frames are too large."""
    if found := video_streams(container):
        check_size(found[0].width, found[0].height, path)
        limit = 2 * max_pixels()  # codecs count padding, too
        found[0].codec_context.options = {"max_pixels": str(limit)}  # its size may change in the file
        return found[0]
    if any(not stream.disposition & COVER_ART for stream in container.streams.video):
        raise DecodeError(f"{path.name}: cannot be decoded (there is no decoder for its video).")
    if container.streams.audio:
        raise DecodeError(
            f"{path.name}: has audio but no video: give a video, or a still image with --sound this file."
        )
    raise DecodeError(f"{path.name}: has neither video nor audio.")


def clock_zero_s(container: InputContainer) -> Fraction:
    """The time stamp at which a player's clock shows zero.

    That is 0 in most files. Streams cut out of a longer one (MPEG-TS) start anywhere, and there it is the first stamp;
    that of the video, if audio starts only a moment before. Audio before 0 is a codec's priming, which is not played;
    video before 0 is shown.
    """
    videos = [track_start_s(s) for s in video_streams(container)]
    first_s = min([*videos, *(track_start_s(s) for s in container.streams.audio)], default=Fraction(0))
    if not videos:
        return max(first_s, Fraction(0))
    if first_s > 0:
        return min(videos) if min(videos) - first_s < MAX_PREROLL_S else first_s
    return min(*videos, Fraction(0))


def track_start_s(stream: VideoStream | AudioStream) -> Fraction:
    """A stream's first time stamp in seconds, 0 if the header has none."""
    return (stream.start_time or 0) * time_base(stream)


def time_base(stream: VideoStream | AudioStream) -> Fraction:
    """The unit of a stream's time stamps, in seconds."""
    return Fraction(stream.time_base or Fraction(1, 1_000_000))


def can_seek(container: InputContainer) -> bool:
    """Whether time stamps are exact after a seek; other containers are read from their start."""
    return container.format.name in SEEKABLE
