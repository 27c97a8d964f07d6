"""One frame as displayed, with its start and end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av

from ravs.errors import DecodeError
from ravs.media.container import error_text
from ravs.media.orientation import DisplayTransform
from ravs.media.yuv import Rgb, YuvPlanes
from ravs.structures.clock import format_clock_tenths


@dataclass(frozen=True, slots=True, eq=False)
class DisplayedFrame:
    """A frame as displayed; converted to RGB or YUV on demand."""

    decoded: av.VideoFrame
    view: DisplayTransform
    time_s: Fraction  # first shown, on the file's clock
    end_s: Fraction  # replaced by the next one, or the end
    pts: int  # presentation time stamp in the stream's time base
    index: int  # in the stream, from 0; a frame that is held keeps its own

    def rgb(self) -> Rgb:
        """As displayed: height, width, 3."""
        with self._converted():
            return self.view.rgb(self.decoded)

    def planes(self) -> YuvPlanes:
        """As displayed, ready to be encoded; odd sides are padded by one."""
        with self._converted():
            return self.view.planes(self.decoded)

    @contextmanager
    def _converted(self) -> Iterator[None]:
        """Raise DecodeError where FFmpeg or PyAV cannot convert a frame."""
        try:
            yield
        except (av.error.FFmpegError, ValueError) as error:
            when = format_clock_tenths(self.time_s)
            broken = DecodeError(
                f"its {self.decoded.format.name} frame at {when} cannot be read ({error_text(error)})."
            )
            broken.time_s = float(self.time_s)
            raise broken from error
