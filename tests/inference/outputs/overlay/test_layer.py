"""Blending on planes against blending in RGB; the layout of the strip."""

import numpy as np
import pytest
from PIL import Image

from ravs.inference.outputs.overlay.draw_masks import dilate
from ravs.inference.outputs.overlay.layer import Layer, to_yuv
from ravs.inference.outputs.overlay.layout import StripLayout
from ravs.media import YuvPlanes


def planes_of(color, height=8, width=12, is_hd=False):
    y, u, v = (round(float(value[0, 0])) for value in to_yuv(np.float32([[color]]), is_hd))
    half = (height // 2, width // 2)
    return YuvPlanes(
        np.full((height, width), y, np.uint8), np.full(half, u, np.uint8), np.full(half, v, np.uint8), is_hd
    )


def rgb_of(planes):
    """The reference equations of BT.601 and BT.709, solved for RGB."""
    red_share, blue_share = (0.2126, 0.0722) if planes.is_hd else (0.299, 0.114)
    light = (planes.y.astype(float) - 16) * 255 / 219
    u, v = ((p.astype(float).repeat(2, 0).repeat(2, 1) - 128) * 255 / 224 for p in (planes.u, planes.v))
    red, blue = light + 2 * (1 - red_share) * v, light + 2 * (1 - blue_share) * u
    green = (light - red_share * red - blue_share * blue) / (1 - red_share - blue_share)
    return np.stack([red, green, blue], axis=-1)


@pytest.mark.parametrize("is_hd", [False, True])
def test_blending_planes_equals_blending_colors(is_hd):
    background, color, alpha = (40, 90, 200), (250, 180, 30), 92
    planes = planes_of(background, is_hd=is_hd)
    painted = np.zeros((8, 12, 4), np.uint8)
    painted[2:6, 4:10] = (*color, alpha)
    Layer.of(Image.fromarray(painted), is_hd).blend(planes)
    found = rgb_of(planes)
    mixed = (np.float64(color) * alpha + np.float64(background) * (255 - alpha)) / 255
    np.testing.assert_allclose(found[2:6, 4:10], np.broadcast_to(mixed, (4, 6, 3)), atol=4)
    np.testing.assert_allclose(found[:2], np.broadcast_to(background, (2, 12, 3)), atol=4)


def test_a_layer_is_cropped_to_what_is_drawn_and_may_be_blended_in_columns():
    painted = np.zeros((8, 12, 4), np.uint8)
    painted[3, 5:11] = 255
    layer = Layer.of(Image.fromarray(painted), False)
    assert (layer.top, layer.left, layer.keep[0].shape, layer.keep[1].shape) == (2, 4, (2, 8), (1, 4))
    planes = planes_of((0, 0, 0))
    layer.blend(planes, 0, 8)
    assert planes.y[3].tolist() == [16] * 5 + [235] * 3 + [16] * 4
    layer.blend(planes, 8)
    assert planes.y[3].tolist() == [16] * 5 + [235] * 6 + [16]
    assert Layer.of(Image.new("RGBA", (4, 4)), False) is None


def test_a_mask_grows_by_its_steps_and_no_further():
    mask = np.zeros((15, 15), bool)
    mask[7, 7] = True
    disk = dilate(mask, 4)
    assert disk[7, 3] and disk[3, 7] and not disk[7, 2] and not disk[3, 3]
    assert (disk == disk.T).all() and (disk == disk[::-1]).all()


@pytest.mark.parametrize(("width", "height"), [(320, 180), (320, 240), (1920, 1080), (406, 720), (64, 48), (16, 16)])
def test_the_strip_has_room_for_time_at_any_size(width, height):
    layout = StripLayout.of(width, height, ["dog", "washing machine", "cat"], "over")
    assert layout.top % 2 == layout.height % 2 == 0 and layout.top + layout.height == height
    assert 0 < layout.left < layout.right <= width and layout.right - layout.left >= width // 2
    assert 0 <= layout.rows <= 3 and (width < 300 or layout.rows >= 2)
    below = StripLayout.of(width, height, ["dog", "washing machine", "cat"], "below")
    assert width == 16 or (below.top == height and below.rows >= layout.rows and below.height % 2 == 0)
