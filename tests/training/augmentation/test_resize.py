import numpy as np

from ravs.training.augmentation.resize import squash_images, squash_labels


def test_labels_take_the_nearest_pixel_and_no_class_appears():
    masks = np.zeros((1, 4, 8), np.uint8)
    masks[:, :, 4:] = 59
    assert squash_labels(masks, 2).tolist() == [[[0, 59], [0, 59]]]
    assert squash_labels(masks, 16)[0, 0].tolist() == [0] * 8 + [59] * 8


def test_images_that_shrink_are_averaged():
    frames = np.zeros((1, 32, 32, 3), np.uint8)
    frames[:, ::2] = 200
    assert (squash_images(frames, 8)[..., 1:-1, :] - 100).abs().max() < 1
