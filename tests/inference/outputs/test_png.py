from io import BytesIO

import numpy as np
from PIL import Image

from ravs.inference.outputs.png import mask_png
from ravs.structures.palette import voc_color


def test_a_mask_is_a_palette_picture_whose_index_is_the_class():
    labels = np.array([[0, 1, 2], [33, 254, 255]], np.uint8)
    picture = Image.open(BytesIO(mask_png(labels)))
    assert (picture.mode, picture.size, picture.format) == ("P", (3, 2), "PNG")
    np.testing.assert_array_equal(np.asarray(picture), labels)


def test_each_index_has_the_colour_of_pascal_voc():
    picture = Image.open(BytesIO(mask_png(np.arange(256, dtype=np.uint8)[None])))
    colors = np.asarray(picture.convert("RGB"))[0]
    assert [tuple(int(v) for v in color) for color in colors] == [voc_color(index) for index in range(256)]


def test_the_same_mask_gives_the_same_bytes():
    labels = np.tile(np.arange(8, dtype=np.uint8), (16, 4))
    assert mask_png(labels) == mask_png(labels.copy())
