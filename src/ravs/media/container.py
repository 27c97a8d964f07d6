"""Open a media file: its picture and sound tracks, and where its clock stands at zero."""

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

TEXT_FORMATS = frozenset({"tty"})  # FFmpeg would paint a text file as a picture
SEEKABLE = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})  # their index gives exact times after a jump
READ_ERRORS = (av.error.FFmpegError, IndexError)  # IndexError: PyAV's, where a damaged file grows a new track
MAX_PREROLL_S = Fraction(1, 10)  # so much earlier than the picture a sound may begin for the sake of its codec
COVER_ART = Disposition.attached_pic | Disposition.timed_thumbnails


@contextmanager
def open_input(path: Path) -> Iterator[InputContainer]:
    """A container open for reading, closed at the end.

    Raises:
        DecodeError: the file is missing, empty, or nothing that FFmpeg knows as media.
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
    """The absolute path, since FFmpeg takes what stands before a colon of a relative one for a protocol.

    It would fetch the file `https:a.mp4` from the network.
    """
    return str(path.absolute())


def error_text(error: Exception) -> str:
    """What went wrong, in FFmpeg's few words, without path and number."""
    if isinstance(error, IndexError):
        return "the file is damaged"
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")


def video_streams(container: InputContainer) -> list[VideoStream]:
    """The picture tracks that are no covers and have a decoder, the one that is shown first.

    That is the first in the file; but in an animated AVIF the animation, which lies behind a still, and the largest
    picture of an icon.
    """
    found = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & COVER_ART]
    is_icon = container.format.name == "ico"
    return sorted(found, key=lambda stream: (not stream.duration, -stream.width if is_icon else 0))


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The picture track that is shown: the first of them; raises DecodeError if there is none."""
    if found := video_streams(container):
        return found[0]
    if any(not stream.disposition & COVER_ART for stream in container.streams.video):
        raise DecodeError(f"{path.name}: cannot be decoded (there is no decoder for its picture).")
    what = "has sound but no picture" if container.streams.audio else "has neither picture nor sound"
    raise DecodeError(f"{path.name}: {what}.")


def clock_zero_s(container: InputContainer) -> Fraction:
    """The time stamp at which a player's clock shows zero.

    That is 0 in most files. Streams cut out of a longer one (MPEG-TS) start anywhere, and there it is the first stamp;
    that of the picture, if sound begins only a moment before. A sound that begins before 0 is a codec's run-in, which
    nobody hears; a picture that does is shown.
    """
    pictures = [track_start_s(s) for s in video_streams(container)]
    first_s = min([*pictures, *(track_start_s(s) for s in container.streams.audio)], default=Fraction(0))
    if not pictures:
        return max(first_s, Fraction(0))
    if first_s > 0:
        return min(pictures) if min(pictures) - first_s < MAX_PREROLL_S else first_s
    return min(*pictures, Fraction(0))


def track_start_s(stream: VideoStream | AudioStream) -> Fraction:
    """A track's first stamp in seconds, 0 if the header has none."""
    return (stream.start_time or 0) * time_base(stream)


def time_base(stream: VideoStream | AudioStream) -> Fraction:
    """Seconds that one step of a track's stamps stands for."""
    return Fraction(stream.time_base or Fraction(1, 1_000_000))


def can_seek(container: InputContainer) -> bool:
    """Whether stamps stay exact after a jump into the middle; other containers are read from their start."""
    return container.format.name in SEEKABLE
