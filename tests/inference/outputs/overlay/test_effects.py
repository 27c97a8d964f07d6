"""What each effect makes of a frame, by values worked out by hand."""

import numpy as np
import pytest

from ravs.config.overlay_style import OverlayStyle
from ravs.errors import InputError
from ravs.inference.outputs.overlay.effects import draw_effect
from ravs.inference.outputs.overlay.layer import to_yuv
from ravs.inference.outputs.overlay.style import overlay_color
from ravs.inference.outputs.overlay.uncertainty_map import ALPHA, COLORS, uncertainty_image, uncertainty_scale
from ravs.media import YuvPlanes

SIZE = (160, 120)
SOUNDING = np.s_[30:90, 40:120]
INSIDE, OUTSIDE = np.s_[40:80, 50:110], np.s_[0:22, :]  # away from the edge


def striped():
    """Stripes of four columns, dark and light, with a color."""
    luma = np.where(np.arange(160) // 4 % 2, 200, 60)[None].repeat(120, 0).astype(np.uint8)
    return YuvPlanes(luma, np.full((60, 80), 90, np.uint8), np.full((60, 80), 160, np.uint8), False)


def drawn(frame, scale=None, **style):
    planes = striped()
    draw = draw_effect(OverlayStyle(**style), frame, SIZE, planes.is_hd, scale)
    if draw is not None:
        draw(planes)
    return planes


@pytest.fixture
def dog(prediction):
    return prediction([0.96], [{1: SOUNDING}])[0]


@pytest.fixture
def silence(prediction):
    return prediction([0.96], [{}])[0]


def test_a_tint_of_one_hides_what_sounds_and_one_of_zero_leaves_the_outline_alone(dog):
    y, u, v = (round(float(plane[0, 0])) for plane in to_yuv(np.float32([[overlay_color(1)]]), False))
    full, none = drawn(dog, tint=1.0), drawn(dog, tint=0.0)
    assert np.abs(full.y[INSIDE].astype(int) - y).max() <= 1
    assert np.abs(full.u[20:40, 25:55].astype(int) - u).max() <= 1
    assert np.abs(full.v[20:40, 25:55].astype(int) - v).max() <= 1
    assert (none.y[INSIDE] == striped().y[INSIDE]).all() and abs(int(none.y[30, 60]) - y) <= 1
    assert (full.y[OUTSIDE] == striped().y[OUTSIDE]).all()


def test_a_spotlight_leaves_what_sounds_and_darkens_the_rest_to_two_sevenths(dog):
    planes = drawn(dog, effect="spotlight")
    assert (planes.y[INSIDE] == striped().y[INSIDE]).all() and (planes.u[20:40, 25:55] == 90).all()
    expected = 16 + (striped().y[OUTSIDE] - 16.0) * 71 / 255
    assert np.abs(planes.y[OUTSIDE] - expected).max() <= 1


def test_a_cutout_is_plain_gray_but_for_what_sounds(dog):
    planes = drawn(dog, effect="cutout")
    assert (planes.y[INSIDE] == striped().y[INSIDE]).all()
    assert np.abs(planes.y[OUTSIDE].astype(int) - 126).max() <= 1  # 16 + 219 * 128 / 255
    assert np.abs(planes.u[:10].astype(int) - 128).max() <= 1


@pytest.mark.parametrize(
    ("effect", "sharp", "soft"), [("blur-silent", INSIDE, OUTSIDE), ("blur-sounding", OUTSIDE, INSIDE)]
)
def test_blur_takes_stripes_away_on_its_side_alone_and_keeps_their_mean(dog, effect, sharp, soft):
    planes = drawn(dog, effect=effect)
    assert (planes.y[sharp] == striped().y[sharp]).all()
    assert np.ptp(planes.y[soft].astype(int)[:, 8:-8]) <= 20 < np.ptp(striped().y[soft].astype(int))
    assert planes.y[soft][:, 8:-8].mean() == pytest.approx(130, abs=4)


@pytest.mark.parametrize("effect", ["tint", "blur-sounding"])
def test_where_nothing_sounds_these_effects_leave_the_frame_as_it_is(silence, effect):
    planes = drawn(silence, effect=effect)
    assert all((one == other).all() for one, other in zip(planes[:3], striped()[:3], strict=True))


def test_where_nothing_sounds_a_cutout_is_empty(silence):
    assert np.ptp(drawn(silence, effect="cutout").y) == 0


def test_uncertainty_replaces_the_colors_of_the_frame_by_those_of_the_scale(prediction):
    map_ = np.zeros((12, 16), np.uint8)
    map_[:, 8:] = 102  # 0.4
    frame = prediction([0.96], [{}], maps=[map_])[0]
    planes = drawn(frame, scale=0.4, effect="uncertainty")
    for columns, color in ((np.s_[:, :30], COLORS[0]), (np.s_[:, 50:], COLORS[-1])):
        for plane, wanted in zip(planes[1:3], to_yuv(np.float32([[color]]), False)[1:], strict=True):
            mixed = (128 * (255 - ALPHA) + float(wanted[0, 0]) * ALPHA) / 255
            assert np.abs(plane[columns] - mixed).max() <= 1.5
    assert np.ptp(planes.y[0, :48].astype(int)) > 30  # the frame is seen below


def test_outlines_show_what_sounds_over_the_uncertainty(prediction):
    frame = prediction([0.96], [{1: SOUNDING}], maps=[np.zeros((12, 16), np.uint8)])[0]
    y = float(to_yuv(np.float32([[overlay_color(1)]]), False)[0][0, 0])
    assert abs(drawn(frame, scale=1.0, effect="uncertainty").y[30, 80] - y) <= 1


def test_the_scale_ends_above_nearly_all_uncertainties(prediction):
    maps = [np.full((10, 100), 20, np.uint8) for _ in range(2)]  # 0.078
    assert uncertainty_scale(prediction([0.96, 1.96], [{}, {}], maps=maps)) == 0.1
    maps[1][0, :5] = 255  # 2.5 in a thousand: left out
    assert uncertainty_scale(prediction([0.96, 1.96], [{}, {}], maps=maps)) == 0.1
    maps[1][0, :50] = 255
    assert uncertainty_scale(prediction([0.96, 1.96], [{}, {}], maps=maps)) == 1.0


def test_colors_grow_lighter_with_uncertainty(prediction):
    map_ = np.linspace(0, 255, 160).astype(np.uint8)[None].repeat(4, 0)
    image = np.asarray(uncertainty_image(prediction([0.96], [{}], maps=[map_])[0], (160, 4), 1.0)).astype(float)
    light = image[0, :, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) >= -0.01).all() and light[-1] - light[0] > 180


def test_masks_without_uncertainty_maps_say_so(prediction):
    with pytest.raises(InputError, match=r"mask 0 has no uncertainty map: segment the video again to see it"):
        uncertainty_scale(prediction([0.96], [{}]))
