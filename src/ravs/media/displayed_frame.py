"""One frame as it is displayed, and from when until when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av

from ravs.errors import DecodeError
from ravs.media.container import error_text
from ravs.media.orientation import DisplayTransform
from ravs.media.yuv import Rgb, YuvPlanes


@dataclass(frozen=True, slots=True, eq=False)
class DisplayedFrame:
    """A displayed frame; colours are converted when asked for."""

    decoded: av.VideoFrame
    view: DisplayTransform
    time_s: Fraction  # first shown, on the file's clock
    end_s: Fraction  # replaced by the next one, or the end
    pts: int  # its stamp in the track's time base
    index: int  # its number in the track, from 0

    def rgb(self) -> Rgb:
        """As displayed: height, width, 3."""
        with self._converted():
            return self.view.rgb(self.decoded)

    def planes(self) -> YuvPlanes:
        """As displayed, ready to be encoded; odd sides padded by one."""
        with self._converted():
            return self.view.planes(self.decoded)

    @contextmanager
    def _converted(self) -> Iterator[None]:
        """Turns errors of FFmpeg and PyAV about a frame that they cannot convert into DecodeError."""
        try:
            yield
        except (av.error.FFmpegError, ValueError) as error:
            when = clock_text(self.time_s)
            broken = DecodeError(
                f"its {self.decoded.format.name} picture at {when} cannot be read ({error_text(error)})."
            )
            broken.time_s = float(self.time_s)
            raise broken from error


def clock_text(time_s: int | float | Fraction) -> str:
    """A time as people write it: 0:12.4, 1:02:03.0."""
    tenths = int(time_s * 10)
    minutes, seconds = divmod(tenths // 10, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{head}:{seconds:02}.{tenths % 10}"
