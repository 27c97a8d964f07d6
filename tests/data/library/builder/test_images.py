import io

import numpy as np
from PIL import Image

from ravs.data.library.builder.images import make_background, make_cutout


def content(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def opened(made):
    return Image.open(io.BytesIO(made))


def test_a_cutout_is_cropped_to_what_is_opaque_and_never_enlarged():
    image = Image.new("RGBA", (100, 80), (0, 0, 255, 0))
    image.paste((200, 100, 50, 255), (10, 20, 40, 60))
    made = opened(make_cutout(content(image)))
    assert made.size == (30, 40) and made.mode == "RGBA"
    assert (np.asarray(made) == (200, 100, 50, 255)).all()


def test_a_large_cutout_gets_a_longest_side_of_320_and_hidden_colors_do_not_bleed():
    image = Image.new("RGBA", (1000, 1300), (0, 0, 255, 0))  # hidden blue
    image.paste((200, 100, 50, 255), (100, 100, 900, 1200))
    pixels = np.asarray(opened(make_cutout(content(image))))
    assert pixels.shape == (320, 233, 4)
    seen = pixels[pixels[..., 3] > 30][:, :3].astype(int)
    assert np.abs(seen - (200, 100, 50)).max() < 12


def test_a_photograph_is_cut_out_by_its_mask():
    mask = Image.new("L", (20, 10), 0)
    mask.paste(255, (0, 0, 10, 10))
    made = opened(make_cutout(content(Image.new("RGB", (40, 20), (9, 99, 9))), content(mask)))
    assert made.size == (10, 10)


def test_a_background_has_a_short_side_of_448_and_the_middle_of_a_long_one():
    ramp = np.tile(np.linspace(0, 255, 900).astype(np.uint8)[None, :, None], (300, 1, 3))
    made = np.asarray(opened(make_background(content(Image.fromarray(ramp)))))
    assert made.shape == (448, 672, 3)
    assert abs(int(made[200, 336, 0]) - 127) < 4  # the middle stays in the middle
    assert made[200, 0, 0] > 30 and made[200, -1, 0] < 225
    assert opened(make_background(content(Image.new("RGB", (100, 100))))).size == (448, 448)
