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
    alpha: Plane | None = None  # height, width: 0 is transparent, 255 opaque; None: opaque everywhere


def to_frame(planes: YuvPlanes, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """Copy planes into a frame for the encoder: yuv420p, or with the alpha plane yuva420p or yuva444p10le."""
    height, width = planes.y.shape
    if pixel_format == "yuva444p10le":
        return _to_444_10_bit(planes)
    frame = _tagged(av.VideoFrame(width, height, pixel_format), planes.is_hd)
    for plane, target in zip(_with_alpha(planes, frame), frame.planes, strict=True):
        samples_of(target)[: plane.shape[0], : plane.shape[1]] = plane
    return frame


def _to_444_10_bit(planes: YuvPlanes) -> av.VideoFrame:
    """Chroma enlarged by swscale; alpha by hand, since swscale would make 1020 of 255, which is not quite opaque."""
    height, width = planes.y.shape
    colors = to_frame(planes).reformat(format="yuv444p10le")
    frame = _tagged(av.VideoFrame(width, height, "yuva444p10le"), planes.is_hd)
    for source, target in zip(colors.planes, frame.planes, strict=False):
        samples_of(target, np.uint16)[:, :width] = samples_of(source, np.uint16)[:, :width]
    *_, alpha = _with_alpha(planes, frame)
    samples_of(frame.planes[3], np.uint16)[:height, :width] = (alpha * np.uint32(2046) + 255) // 510
    return frame


def samples_of(plane: "av.video.plane.VideoPlane", dtype: type = np.uint8) -> np.ndarray:
    """The rows of a plane of a frame, with their padding; what is written there is written into the frame."""
    return np.frombuffer(cast(Any, plane), dtype).reshape(-1, plane.line_size // np.dtype(dtype).itemsize)


def _with_alpha(planes: YuvPlanes, frame: av.VideoFrame) -> list[Plane]:
    if len(frame.planes) == 3:
        return list(planes[:3])
    return [*planes[:3], np.full_like(planes.y, 255) if planes.alpha is None else planes.alpha]


def _tagged(frame: av.VideoFrame, is_hd: bool) -> av.VideoFrame:
    frame.colorspace = BT709 if is_hd else BT601
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
