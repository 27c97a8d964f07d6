"""Frames of videos as their planes, alpha included; colors by the equations of a matrix."""

import av
import numpy as np

RED, BLUE = {1: 0.2126, 6: 0.299}, {1: 0.0722, 6: 0.114}  # shares in luma of BT.709 and BT.601


def decoded(path):
    """Frames of any file with an alpha plane; that of VP9 is seen by libvpx alone."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        is_vp9 = stream.codec_context.name == "vp9"
        decoder = av.CodecContext.create("libvpx-vp9", "r") if is_vp9 else stream.codec_context
        return [
            frame for packet in container.demux(stream) for frame in decoder.decode(packet if packet.size else None)
        ]


def samples(frame):
    """All planes as shares of the highest value, chroma at full size."""
    bits = 12 if "12" in frame.format.name else 8
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint16 if bits > 8 else np.uint8).reshape(plane.height, -1)[:, : plane.width]
        step = frame.height // plane.height
        planes.append(rows.repeat(step, 0).repeat(step, 1) / (2**bits if len(planes) < 3 else 2**bits - 1))
    return planes


def rgb_of(frame, matrix):
    """Colors by the equations of the matrix, limited range, 0 to 255."""
    y, u, v = (plane * 256 for plane in samples(frame)[:3])
    light, u, v = (y - 16) * 255 / 219, (u - 128) * 255 / 224, (v - 128) * 255 / 224
    red, blue = light + 2 * (1 - RED[matrix]) * v, light + 2 * (1 - BLUE[matrix]) * u
    return np.stack(
        [red, (light - RED[matrix] * red - BLUE[matrix] * blue) / (1 - RED[matrix] - BLUE[matrix]), blue], -1
    )
