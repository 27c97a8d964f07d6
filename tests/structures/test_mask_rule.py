"""One rule for NumPy and torch, equal to the bit to the expressions that the callers had written out before."""

import numpy as np
import pytest
import torch

from ravs.inference.interpolation import upsample
from ravs.inference.postprocess import find_sounding_objects
from ravs.structures.mask_rule import MaskRule, is_sounding, label_map, most_probable_sound
from ravs.structures.rle import decode_mask
from support.maps import maps_of

THRESHOLDS = [0.0, 0.3, 0.5, 0.9, 1.0]


def probabilities(*shape, axis, seed=0):
    """Softmax of steep logits, some of them equal, some pixels exactly at one half."""
    logits = (4 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))).round()
    out = logits.softmax(dim=axis).movedim(axis, 0)
    out[:, ..., 0] = 0
    out[0, ..., 0] = out[2, ..., 0] = 0.5
    out[0, ..., 1] = 0.5 - 2**-25  # the float32 before one half, where 1 - P rounds to one half
    return out.movedim(0, axis).contiguous()


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_labels_of_arrays_are_those_of_predicted_frame(threshold):
    found = probabilities(6, 9, 7, axis=0).numpy()
    expected = (found[1:].argmax(axis=0) + 1).astype(np.uint8) * (1 - found[0] > threshold)
    np.testing.assert_array_equal(label_map(found, threshold).astype(np.uint8), expected)
    np.testing.assert_array_equal(is_sounding(found[0], threshold), 1 - found[0] > threshold)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_labels_of_tensors_are_those_of_the_processor(threshold, dtype):
    found = probabilities(3, 6, 9, 7, axis=1).to(dtype)
    expected = (found[:, 1:].argmax(dim=1) + 1) * (1 - found[:, 0] > threshold)
    assert torch.equal(label_map(found, threshold, axis=1), expected)


def test_labels_of_a_batch_are_those_of_the_validation_score():
    found = probabilities(2, 3, 6, 9, 7, axis=2)
    expected = (found[:, :, 1:].argmax(dim=2) + 1) * (found[:, :, 0] < 0.5)
    assert torch.equal(most_probable_sound(found, axis=2) * (found[:, :, 0] < 0.5), expected)
    one_float = found[:, :, 0] == 0.5 - 2**-25
    assert one_float.any() and torch.equal((label_map(found, axis=2) != expected), one_float)


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("max_uncertainty", [None, 0.4])
@pytest.mark.parametrize("allowed", [(1, 2, 3, 4, 5), (2, 5)])
def test_objects_are_those_of_every_class_interpolated_and_decided(threshold, max_uncertainty, allowed):
    low, unsure = probabilities(6, 9, 7, axis=0), torch.rand(9, 7, generator=torch.Generator().manual_seed(1))
    names, size = ("background", *"abcde"), (26, 34)
    rule = MaskRule(names=names, allowed=allowed, threshold=threshold, max_uncertainty=max_uncertainty)
    high = np.stack([upsample(map_.numpy(), size) for map_ in (1 - low[0], *low[1:])])
    sounding = high[0] > threshold
    if max_uncertainty is not None:
        sounding &= upsample(unsure.numpy(), size) <= max_uncertainty
    expected = np.array(allowed)[high[list(allowed)].argmax(axis=0)] * sounding
    labels = np.zeros(size, np.int64)
    for found in find_sounding_objects(maps_of(low, unsure), size, rule):
        labels[decode_mask(found.rle)] = found.class_id
    np.testing.assert_array_equal(labels, expected)


def test_arrays_and_tensors_have_the_same_labels_whichever_axis_the_classes_lie_along():
    found = probabilities(2, 3, 6, 9, 7, axis=2)
    for axis in range(5):
        moved = found.movedim(2, axis)
        expected = label_map(found, axis=2).numpy()
        np.testing.assert_array_equal(label_map(moved, axis=axis).numpy(), expected)
        np.testing.assert_array_equal(label_map(moved.numpy(), axis=axis), expected)


def test_of_two_equally_probable_classes_the_first_one_is_taken():
    equal = np.float32([0.2, 0.4, 0.4])[:, None, None]
    assert label_map(equal).tolist() == label_map(torch.from_numpy(equal)).tolist() == [[1]]


def test_a_pixel_as_uncertain_as_allowed_still_sounds():
    rule = MaskRule(names=("background", "a"), allowed=(1,), max_uncertainty=0.5)
    unsure = np.float32([0.25, 0.5, 0.75])
    assert rule.is_sounding(np.ones(3, np.float32), unsure).tolist() == [True, True, False]
    assert rule.is_sounding(torch.ones(3), torch.from_numpy(unsure)).tolist() == [True, True, False]
