"""Pictures as H.264 stores them: full-size light, half-size colour, even sides."""

from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import Colorspace
from jaxtyping import UInt8

Rgb = UInt8[np.ndarray, "height width 3"]
Plane = UInt8[np.ndarray, "rows columns"]

LIMITED, FULL = 1, 2  # ranges of light, as FFmpeg numbers them
HD_ROWS = 577  # from here on a picture that does not name its colour matrix is taken for BT.709


class Planes(NamedTuple):
    """One picture in yuv420p, limited range; both sides even."""

    y: Plane  # height, width
    u: Plane  # height / 2, width / 2
    v: Plane  # height / 2, width / 2
    is_hd: bool  # colour matrix BT.709, else BT.601


def to_frame(planes: Planes) -> av.VideoFrame:
    """A frame for the encoder, copied."""
    height, width = planes.y.shape
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, target in zip(planes[:3], frame.planes, strict=True):
        rows = np.frombuffer(cast(Any, target), np.uint8).reshape(-1, target.line_size)
        rows[: plane.shape[0], : plane.shape[1]] = plane
    frame.colorspace = 1 if planes.is_hd else 6
    frame.color_range = LIMITED
    return frame


def from_frame(frame: av.VideoFrame, width: int, height: int, is_hd: bool) -> Planes:
    """A decoded frame scaled to even sides; the arrays may be written to."""
    matrix = Colorspace.ITU709 if is_hd else Colorspace.ITU601
    is_full = frame.color_range == FULL or frame.format.name.startswith("yuvj") or frame.format.is_rgb
    scaled = frame.reformat(
        width,
        height,
        "yuv420p",
        src_colorspace=source_matrix(frame),
        dst_colorspace=matrix,
        src_color_range=FULL if is_full else LIMITED,
        dst_color_range=LIMITED,
    )
    flat = scaled.to_ndarray().reshape(-1)
    light, colour = width * height, width * height // 4
    u, v = flat[light : light + colour], flat[light + colour :]
    half = (height // 2, width // 2)
    return Planes(flat[:light].reshape(height, width), u.reshape(half), v.reshape(half), is_hd)


def from_rgb(picture: Rgb) -> Planes:
    """An RGB picture; odd sides get their last row or column once more, since H.264 needs even ones."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return from_frame(frame, picture.shape[1], picture.shape[0], height >= HD_ROWS)


def source_matrix(frame: av.VideoFrame) -> int:
    """The colour matrix to read a frame with: its own, or by its height if it names none."""
    if frame.colorspace in (0, 2):  # RGB, or not named
        return int(Colorspace.ITU709 if frame.height >= HD_ROWS else Colorspace.ITU601)
    return int(frame.colorspace)
