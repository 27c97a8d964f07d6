"""Frames as H.264 stores them (yuv420p): full-size luma, half-size chroma, even sides."""

from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import Colorspace
from jaxtyping import UInt8

Rgb = UInt8[np.ndarray, "height width 3"]
Plane = UInt8[np.ndarray, "rows columns"]

LIMITED, FULL = 1, 2  # color ranges, as FFmpeg numbers them
BT709, BT601 = 1, 6  # color matrices, as FFmpeg numbers them
KEPT_MATRICES = (Colorspace.ITU709, Colorspace.ITU601)  # color matrices that planes keep
HD_MIN_ROWS = 577  # from this height on, a frame without a color matrix is taken for BT.709


class YuvPlanes(NamedTuple):
    """One frame in yuv420p, limited range; both sides even."""

    y: Plane  # height, width
    u: Plane  # height / 2, width / 2
    v: Plane  # height / 2, width / 2
    is_hd: bool  # color matrix BT.709, else BT.601


def to_frame(planes: YuvPlanes) -> av.VideoFrame:
    """Copy planes into a frame for the encoder."""
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, target in zip(planes[:3], frame.planes, strict=True):
        rows = np.frombuffer(cast(Any, target), np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    frame.colorspace = BT709 if planes.is_hd else BT601
    frame.color_range = LIMITED
    return frame


def from_frame(frame: av.VideoFrame, width: int, height: int) -> YuvPlanes:
    """Scale a decoded frame to even sides, keeping its color matrix (one of KEPT_MATRICES); the arrays are writable."""
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
    luma, chroma = width * height, width * height // 4
    u, v = flat[luma : luma + chroma], flat[luma + chroma :]
    half = (height // 2, width // 2)
    return YuvPlanes(flat[:luma].reshape(height, width), u.reshape(half), v.reshape(half), is_hd)


def from_rgb(image: Rgb, is_hd: bool | None = None) -> YuvPlanes:
    """Convert an RGB image to BT.709 or BT.601, by its height if is_hd is None.

    Odd sides repeat their last row or column, since H.264 needs even ones.
    """
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    frame.colorspace = BT709 if (height >= HD_MIN_ROWS if is_hd is None else is_hd) else BT601
    return from_frame(frame, image.shape[1], image.shape[0])


def source_matrix(frame: av.VideoFrame) -> int:
    """The color matrix of a frame, as swscale numbers it: its own, or by its height if it names none."""
    if frame.colorspace in (0, 2):  # RGB, or unspecified
        return int(Colorspace.ITU709 if frame.height >= HD_MIN_ROWS else Colorspace.ITU601)
    return int(Colorspace.ITU601 if frame.colorspace in (5, 6) else frame.colorspace)  # 625 or 525 lines


def source_range(frame: av.VideoFrame) -> int:
    """The color range of a frame."""
    is_full = frame.color_range == FULL or frame.format.name.startswith("yuvj") or frame.format.is_rgb
    return FULL if is_full else LIMITED
