"""Colors from decoding to encoding: matrices that are kept, and HDR shown as SDR."""

from fractions import Fraction

import av
import numpy as np
import pytest

from ravs.media import read_frames, write_planes
from ravs.media.orientation import DisplayTransform
from ravs.media.tone_mapping import HLG, PQ, tone_mapped
from ravs.media.yuv import YuvPlanes, to_frame

VIEW = DisplayTransform(64, 48)


def shown(planes: YuvPlanes):
    """What a player makes of planes: the color in the middle."""
    matrix = 1 if planes.is_hd else 5
    rgb = to_frame(planes).reformat(format="rgb24", src_colorspace=matrix, src_color_range=1).to_ndarray()
    return rgb[24, 32].astype(int)


def coded(rgb, matrix, pix_fmt="yuv444p10le"):
    """A frame of one color, 0 to 1, in limited range; worked out by hand from the matrix's shares of red and blue."""
    red, blue = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    y = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
    values = (16 + 219 * y, 128 + 112 * (rgb[2] - y) / (1 - blue), 128 + 112 * (rgb[0] - y) / (1 - red))
    frame = av.VideoFrame(64, 48, pix_fmt)
    deep = pix_fmt.endswith("10le")
    for plane, value in zip(frame.planes, values, strict=True):
        np.frombuffer(plane, np.uint16 if deep else np.uint8)[:] = round(4 * value if deep else value)
    frame.colorspace, frame.color_range = matrix, 1
    return frame


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("pix_fmt", ["yuv444p10le", "yuv420p"])
def test_gray_stays_gray_in_every_matrix(matrix, pix_fmt):
    for level in (16, 128, 235):
        frame = coded(np.full(3, level / 255), matrix, pix_fmt)
        assert np.abs(shown(VIEW.planes(frame)) - level).max() <= 1
        assert np.abs(VIEW.rgb(frame)[24, 32].astype(int) - level).max() <= 1


@pytest.mark.parametrize(("matrix", "is_hd"), [(1, True), (6, False), (9, True)])
def test_colors_are_those_of_the_tagged_matrix_however_small_the_frame(matrix, is_hd):
    for color in ((200, 30, 30), (30, 180, 30), (30, 30, 200)):
        planes = VIEW.planes(coded(np.array(color) / 255, matrix))
        assert planes.is_hd == is_hd
        assert np.abs(shown(planes) - color).max() <= 3


@pytest.mark.parametrize(("transfer", "code"), [(PQ, 0.508078), (HLG, 0.634613)])
def test_the_white_of_sdr_is_mapped_as_worked_out_by_hand(transfer, code):
    """100 nits: Reinhard's curve makes (1 + 1/100) / 2 of 1, and BT.709 makes 1.099 * 0.505 ** 0.45 - 0.099 of that."""
    if transfer == HLG:  # gray of (code² / 3 or beyond) ** 1.2 * 1000 nits
        scene = 0.1 ** (1 / 1.2)
        code = 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
    mapped = tone_mapped(np.array([[code] * 3, [0.0] * 3]), transfer, True)
    np.testing.assert_allclose(mapped[0], 1.099 * 0.505**0.45 - 0.099, atol=2e-4)
    np.testing.assert_allclose(mapped[1], 0, atol=1e-6)


def test_light_of_a_thousand_nits_and_more_is_white_and_brighter_is_never_darker():
    steps = np.repeat(np.linspace(0, 1, 200)[:, None], 3, axis=1)
    for transfer in (PQ, HLG):
        mapped = tone_mapped(steps, transfer, True)[:, 0]
        assert (np.diff(mapped) >= -1e-9).all() and mapped[-1] == pytest.approx(1, abs=1e-3)
    assert tone_mapped(np.full((1, 3), 0.7518), PQ, True)[0, 0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("transfer", "code"), [(PQ, (103, 59, 41)), (HLG, (109, 44, 27))])
def test_a_red_patch_of_hdr_is_as_red_as_tone_mapped_by_others(transfer, code):
    frame = coded(np.array(code) / 255, 9, "yuv420p10le")
    frame.color_trc, frame.color_primaries = transfer, 9
    for color in (VIEW.rgb(frame)[24, 32].astype(int), shown(VIEW.planes(frame))):
        assert np.abs(color - (149, 22, 21)).max() <= 20
        exact = 255 * tone_mapped(np.array([code]) / 255, transfer, True)[0]
        assert np.abs(color - exact).max() <= 5
    assert VIEW.planes(frame).is_hd


def test_what_is_written_of_hdr_is_tagged_as_what_it_is(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = PQ, 9, 9, 1
        container.mux(stream.encode(coded(np.array([0.4, 0.23, 0.16]), 9, "yuv420p10le")))
        container.mux(stream.encode(None))
    (frame,) = read_frames(tmp_path / "a.mkv")
    write_planes(tmp_path / "b.mp4", iter([(frame.planes(), Fraction(0), Fraction(1))]), time_base=Fraction(1, 25))
    with av.open(str(tmp_path / "b.mp4")) as container:
        written = next(container.decode(video=0))
    assert (written.color_trc, written.color_primaries, written.colorspace) == (1, 1, 1)
    assert np.abs(written.to_ndarray(format="rgb24")[24, 32].astype(int) - (149, 10, 10)).max() <= 10
