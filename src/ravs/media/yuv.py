"""Pictures as H.264 stores them: full-size light, half-size colour, even sides."""

from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import Colorspace
from jaxtyping import UInt8

Rgb = UInt8[np.ndarray, "height width 3"]
Plane = UInt8[np.ndarray, "rows columns"]

LIMITED, FULL = 1, 2  # ranges of light, as FFmpeg numbers them
BT709, BT601 = 1, 6  # colour matrices, as FFmpeg numbers them
KEPT_MATRICES = (Colorspace.ITU709, Colorspace.ITU601)  # matrices that planes are written in
HD_MIN_ROWS = 577  # from here on a picture that does not name its colour matrix is taken for BT.709


class YuvPlanes(NamedTuple):
    """One picture in yuv420p, limited range; both sides even."""

    y: Plane  # height, width
    u: Plane  # height / 2, width / 2
    v: Plane  # height / 2, width / 2
    is_hd: bool  # colour matrix BT.709, else BT.601


def to_frame(planes: YuvPlanes) -> av.VideoFrame:
    """A frame for the encoder, copied."""
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, target in zip(planes[:3], frame.planes, strict=True):
        rows = np.frombuffer(cast(Any, target), np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    frame.colorspace = BT709 if planes.is_hd else BT601
    frame.color_range = LIMITED
    return frame


def from_frame(frame: av.VideoFrame, width: int, height: int) -> YuvPlanes:
    """A decoded frame scaled to even sides, its colour matrix kept (one of KEPT); the arrays may be written to."""
    matrix = source_matrix(frame)
    is_hd = matrix == Colorspace.ITU709
    scaled = frame.reformat(
        width,
        height,
        "yuv420p",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=source_range(frame),
        dst_color_range=LIMITED,
    )
    flat = scaled.to_ndarray().reshape(-1)
    light, colour = width * height, width * height // 4
    u, v = flat[light : light + colour], flat[light + colour :]
    half = (height // 2, width // 2)
    return YuvPlanes(flat[:light].reshape(height, width), u.reshape(half), v.reshape(half), is_hd)


def from_rgb(picture: Rgb, is_hd: bool | None = None) -> YuvPlanes:
    """An RGB picture in BT.709 or BT.601, by its height if neither is asked for.

    Odd sides repeat their last row or column, since H.264 needs even ones.
    """
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame.colorspace = BT709 if (height >= HD_MIN_ROWS if is_hd is None else is_hd) else BT601
    return from_frame(frame, picture.shape[1], picture.shape[0])


def source_matrix(frame: av.VideoFrame) -> int:
    """The colour matrix to read a frame with, as swscale numbers it: its own, or by its height if it names none."""
    if frame.colorspace in (0, 2):  # RGB, or not named
        return int(Colorspace.ITU709 if frame.height >= HD_MIN_ROWS else Colorspace.ITU601)
    return int(Colorspace.ITU601 if frame.colorspace in (5, 6) else frame.colorspace)  # 625 or 525 lines: one matrix


def source_range(frame: av.VideoFrame) -> int:
    """The range of light to read a frame with."""
    is_full = frame.color_range == FULL or frame.format.name.startswith("yuvj") or frame.format.is_rgb
    return FULL if is_full else LIMITED
