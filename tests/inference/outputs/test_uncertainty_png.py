from io import BytesIO

import numpy as np
import torch
from PIL import Image

from ravs.inference.outputs.uncertainty_png import uncertainty_png


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
