"""Colors of every output video are the source's, whatever its matrix and range."""

import av
import numpy as np
import pytest

from ravs.config.overlay_style import OverlayStyle
from ravs.inference.outputs.alpha_video import write_alpha
from ravs.inference.outputs.overlay import write_overlay
from support.planes import BLUE, RED, decoded, rgb_of

BOX = np.s_[24:64, 40:104]
INSIDE, OUTSIDE = np.s_[34:54, 50:94], np.s_[84:112, 12:148]
COLOR = (200, 60, 40)
MATRICES = pytest.mark.parametrize("matrix", [1, 6], ids=["bt709", "bt601"])
RANGES = pytest.mark.parametrize("range_", [1, 2], ids=["limited", "full"])
UNTOUCHED = {"spotlight": INSIDE, "blur-silent": INSIDE, "blur-sounding": OUTSIDE, "cutout": INSIDE}


@pytest.fixture
def colored(tmp_path):
    """colored(rgb, matrix, range): a video of one color, coded by hand in that matrix and range, and tagged so."""

    def make(rgb, matrix, range_, size=(160, 120)):
        red, blue = RED[matrix], BLUE[matrix]
        light = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
        u, v = (rgb[2] - light) / (2 - 2 * blue), (rgb[0] - light) / (2 - 2 * red)
        values = (
            (light, 128 + u, 128 + v)
            if range_ == 2
            else (16 + light * 219 / 255, *(128 + c * 224 / 255 for c in (u, v)))
        )
        with av.open(str(tmp_path / "colored.mkv"), "w") as container:
            stream = container.add_stream("libx264", rate=10, options={"qp": "0", "bf": "0"})
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            context = stream.codec_context
            context.color_range, context.colorspace = range_, matrix
            for index in range(3):
                frame = av.VideoFrame(*size, "yuv420p")
                for plane, value in zip(frame.planes, values, strict=True):
                    np.frombuffer(plane, np.uint8)[:] = round(value)
                frame.pts, frame.colorspace, frame.color_range = index, matrix, range_
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return tmp_path / "colored.mkv"

    return make


@pytest.mark.parametrize("name", ["a.mov", "a.webm"])
@RANGES
@MATRICES
def test_colors_are_the_source_s_in_every_matrix_and_range(colored, masked, tmp_path, name, matrix, range_):
    write_alpha(colored(COLOR, matrix, range_), masked([0.2], [{1: BOX}]), tmp_path / name)
    frame = decoded(tmp_path / name)[0]
    assert (int(frame.colorspace) in (5, 6)) == (matrix == 6) and int(frame.color_range) == 1
    assert np.abs(rgb_of(frame, matrix)[INSIDE].mean((0, 1)) - COLOR).max() <= 4


@pytest.mark.parametrize("effect", UNTOUCHED)
@RANGES
@MATRICES
def test_effects_leave_what_they_show_in_its_colors(colored, masked, tmp_path, effect, matrix, range_):
    style = OverlayStyle(effect=effect, strip="off", labels=False)
    write_overlay(colored(COLOR, matrix, range_), masked([0.2], [{1: BOX}]), tmp_path / "o.mp4", style=style)
    frame = decoded(tmp_path / "o.mp4")[0]
    assert (int(frame.colorspace) in (5, 6)) == (matrix == 6) and int(frame.color_range) == 1
    assert np.abs(rgb_of(frame, matrix)[UNTOUCHED[effect]].mean((0, 1)) - COLOR).max() <= 4
