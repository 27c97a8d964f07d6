"""How a decoded frame is displayed: upright, with square pixels."""

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PIL import ExifTags, Image, UnidentifiedImageError

from ravs.media.tone_mapping import LUT_PIXEL_FORMAT as HDR_FORMAT
from ravs.media.tone_mapping import is_hdr, to_sdr
from ravs.media.yuv import KEPT_MATRICES, Rgb, YuvPlanes, from_frame, from_rgb, source_matrix, source_range

BT709_LIKE = (Colorspace.ITU709, Colorspace.SMPTE240M, Colorspace.BT2020)
EXIF_ORIENTATIONS = {  # orientation: transpose, flip rows, flip columns
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


class DisplayTransform(NamedTuple):
    """The size to scale a decoded frame to, and the rotation and mirroring that follow."""

    width: int  # before turning; square pixels
    height: int
    transposed: bool = False  # first of all
    flip_rows: bool = False
    flip_columns: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        return (self.height, self.width) if self.transposed else (self.width, self.height)

    @property
    def rotation(self) -> int:
        """Clockwise rotation in degrees: 0, 90, 180 or 270 (mirroring aside)."""
        if self.transposed:
            return 90 if self.flip_columns else 270
        return 180 if self.flip_rows else 0

    def turn(self, pixels: np.ndarray) -> np.ndarray:
        """Turn an array of (rows, columns) or (rows, columns, channels) upright."""
        if self.transposed:
            pixels = pixels.swapaxes(0, 1)
        return np.ascontiguousarray(pixels[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1])

    def rgb(self, frame: av.VideoFrame) -> Rgb:
        """A decoded frame as displayed: height, width, 3; HDR is tone-mapped to BT.709."""
        if is_hdr(frame):
            matrix, range_ = source_matrix(frame), source_range(frame)
            scaled = frame.reformat(self.width, self.height, HDR_FORMAT, src_colorspace=matrix, src_color_range=range_)
            shown = to_sdr(scaled, int(frame.color_trc), int(frame.color_primaries)).reformat(format="rgb24")
        else:
            tagged = None if frame.format.is_rgb else source_matrix(frame)
            shown = frame.reformat(self.width, self.height, "rgb24", src_colorspace=tagged)
        return self.turn(shown.to_ndarray())

    def planes(self, frame: av.VideoFrame) -> YuvPlanes:
        """A decoded frame as displayed, ready to be encoded; odd sides are padded by one.

        The color matrix is kept, since swscale shifts gray by 4 levels where it changes one: what is neither BT.709
        nor BT.601 goes by way of RGB.
        """
        matrix = source_matrix(frame)
        if is_hdr(frame) or matrix not in KEPT_MATRICES or self.width % 2 or self.height % 2:
            return from_rgb(self.rgb(frame), is_hd=is_hdr(frame) or matrix in BT709_LIKE)
        coded = from_frame(frame, self.width, self.height)
        if self[2:] == (False, False, False):
            return coded
        return YuvPlanes(self.turn(coded.y), self.turn(coded.u), self.turn(coded.v), coded.is_hd)


def display_transform(stream: VideoStream, frame: av.VideoFrame, path: Path) -> DisplayTransform:
    """The display transform of a stream, by its first frame's display matrix (or EXIF) and pixel aspect ratio."""
    aspect = Fraction(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)
    width = max(1, round(frame.width * (aspect if aspect > 0 else 1)))
    transposed, flip_rows, flip_columns = _orientation(frame, path)
    return DisplayTransform(width, frame.height, transposed, flip_rows, flip_columns)


def _orientation(frame: av.VideoFrame, path: Path) -> tuple[bool, bool, bool]:
    """Whether to transpose, flip rows, flip columns: the display matrix rounded to quarter turns."""
    try:
        matrices = [data for data in iter(frame.side_data) if getattr(data, "type", None) == Type.DISPLAYMATRIX]
    except ValueError:  # PyAV 18 does not know every kind of side data, EXIF among them
        return _exif_orientation(frame, path)
    if not matrices:
        return False, False, False
    x_to_x, x_to_y, _, y_to_x, y_to_y = np.frombuffer(cast(Any, matrices[0]), np.int32)[:5].tolist()
    if abs(x_to_x) >= abs(x_to_y):
        return False, y_to_y < 0, x_to_x < 0
    return True, x_to_y < 0, y_to_x < 0


def _exif_orientation(frame: av.VideoFrame, path: Path) -> tuple[bool, bool, bool]:
    """The same by EXIF's orientation; where Pillow cannot open the file, by FFmpeg's angle, without mirroring."""
    try:
        with Image.open(path) as image:
            return EXIF_ORIENTATIONS[image.getexif().get(ExifTags.Base.Orientation, 1)]
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, KeyError):
        turns = round(frame.rotation / 90) % 4  # counterclockwise
        return turns % 2 == 1, turns in (1, 2), turns in (2, 3)
