from io import BytesIO

import numpy as np
import torch
from PIL import Image

from ravs.structures.palette import PALETTE, mask_png, uncertainty_png, voc_color, write_mask

PRINTED = {  # of the PASCAL VOC development kit
    0: (0, 0, 0),
    1: (128, 0, 0),
    2: (0, 128, 0),
    3: (128, 128, 0),
    8: (64, 0, 0),
    42: (64, 128, 64),
    64: (32, 0, 0),
    70: (32, 128, 128),
    255: (224, 224, 192),
}


def test_colors_are_those_that_pascal_voc_prints():
    assert {index: voc_color(index) for index in PRINTED} == PRINTED


def test_all_256_colors_differ():
    assert len({voc_color(index) for index in range(256)}) == 256


def test_the_palette_holds_the_color_of_each_index():
    assert [tuple(color) for color in PALETTE.tolist()] == [voc_color(index) for index in range(256)]


def test_a_mask_is_a_palette_image_whose_index_is_the_class():
    labels = np.array([[0, 1, 2], [33, 254, 255]], np.uint8)
    image = Image.open(BytesIO(mask_png(labels)))
    assert (image.mode, image.size, image.format) == ("P", (3, 2), "PNG")
    np.testing.assert_array_equal(np.asarray(image), labels)


def test_each_index_has_the_color_of_pascal_voc():
    image = Image.open(BytesIO(mask_png(np.arange(256, dtype=np.uint8)[None])))
    colors = np.asarray(image.convert("RGB"))[0]
    assert [tuple(int(v) for v in color) for color in colors] == [voc_color(index) for index in range(256)]


def test_the_same_mask_gives_the_same_bytes():
    labels = np.tile(np.arange(8, dtype=np.uint8), (16, 4))
    assert mask_png(labels) == mask_png(labels.copy())


def test_a_mask_file_holds_indices_in_the_colors_of_voc(tmp_path):
    mask = np.array([[0, 1], [33, 59]], np.uint8)
    write_mask(tmp_path / "mask.png", mask)
    with Image.open(tmp_path / "mask.png") as image:
        np.testing.assert_array_equal(np.array(image), mask)
        assert image.convert("RGB").getpixel((0, 1)) == voc_color(33)


def test_a_mask_file_has_the_bytes_that_pillow_writes_by_default(tmp_path):  # hashes of composed sets are recorded
    mask = np.random.default_rng(0).integers(0, 9, (64, 64)).astype(np.uint8).cumsum(axis=1, dtype=np.uint8) // 64
    image = Image.fromarray(mask)
    image.putpalette(PALETTE.tobytes())
    image.save(tmp_path / "pillow.png")
    write_mask(tmp_path / "ours.png", mask)
    assert (tmp_path / "ours.png").read_bytes() == (tmp_path / "pillow.png").read_bytes() != mask_png(mask)


def read(content):
    return np.asarray(Image.open(BytesIO(content)))


def test_an_uncertainty_is_a_gray_image_of_the_displayed_size():
    image = Image.open(BytesIO(uncertainty_png(np.full((4, 5), 255, np.uint8), (36, 64))))
    assert (image.mode, image.size) == ("L", (64, 36))
    assert np.asarray(image).min() == 255


def test_values_between_are_interpolated_as_the_masks_are():
    small = np.random.default_rng(0).integers(0, 256, (7, 9), dtype=np.uint8)
    torch_says = torch.nn.functional.interpolate(torch.from_numpy(small)[None, None].float(), (49, 90), mode="bilinear")
    written = read(uncertainty_png(small, (49, 90))).astype(float)
    assert np.abs(written - torch_says[0, 0].numpy()).max() <= 1.5
