import numpy as np
import pytest
import torch

from ravs.inference.interpolation import upsample
from ravs.inference.postprocess import bounding_box, candidate_classes, find_sounding_objects
from ravs.structures.mask_rule import MaskRule
from ravs.structures.rle import decode_mask
from support.maps import maps_of

NAMES = ("background", "dog", "car", "cat")


def rule(**changes):
    return MaskRule(**{"names": NAMES, "allowed": (1, 2, 3), **changes})


def labels_of(found, size):
    labels = np.zeros(size, np.uint8)
    for entry in found:
        labels[decode_mask(entry.rle)] = entry.class_id
    return labels


def labels_by_brute_force(probabilities, uncertainty, size, rule):
    """The rule read aloud, every class interpolated."""
    maps = np.stack([upsample(map_.numpy(), size) for map_ in (1 - probabilities[0], *probabilities[1:])])
    winner = np.array(rule.allowed)[maps[list(rule.allowed)].argmax(axis=0)]
    sounds = maps[0] > rule.threshold
    if rule.max_uncertainty is not None:
        sounds &= upsample(uncertainty.numpy(), size) <= rule.max_uncertainty
    return (winner * sounds).astype(np.uint8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [(26, 34), (5, 4)])
@pytest.mark.parametrize("changes", [{}, {"allowed": (2, 5)}, {"threshold": 0.9}, {"max_uncertainty": 0.4}])
def test_masks_are_those_of_interpolating_every_class(seed, size, changes):
    generator = torch.Generator().manual_seed(seed)
    names = ("background", *(f"class{index}" for index in range(1, 9)))
    wanted = MaskRule(**{"names": names, "allowed": tuple(range(1, 9)), **changes})
    sharpness = 1 + 3 * (seed % 3)
    probabilities = (torch.randn(9, 6, 7, generator=generator) * sharpness).softmax(dim=0)
    uncertainty = torch.rand(6, 7, generator=generator)
    found = find_sounding_objects(maps_of(probabilities, uncertainty), size, wanted)
    np.testing.assert_array_equal(
        labels_of(found, size), labels_by_brute_force(probabilities, uncertainty, size, wanted)
    )


def test_a_class_that_wins_only_between_two_others_is_found():
    probabilities = torch.tensor([[0.0, 0.0], [0.6, 0.0], [0.0, 0.6], [0.4, 0.4]])[:, None]
    found = find_sounding_objects(maps_of(probabilities, torch.zeros(1, 2)), (1, 8), rule())
    assert {entry.name for entry in found} == {"dog", "car", "cat"}


def test_a_class_that_can_nowhere_win_is_left_out():
    probabilities = torch.tensor([[0.2, 0.85], [0.5, 0.05], [0.05, 0.05], [0.1, 0.1]])[:, None]
    assert candidate_classes(maps_of(probabilities, probabilities[0]), rule()).tolist() == [1, 3]


def test_an_image_in_two_halves_is_described_by_hand():
    """Left half a dog at 0.8, right half background; the image as large as the map."""
    probabilities = torch.zeros(4, 4, 6)
    probabilities[1, :, :3], probabilities[0, :, :3] = 0.8, 0.2
    probabilities[0, :, 3:] = 1
    uncertainty = torch.full((4, 6), 0.1)
    uncertainty[:, :3] = 0.3
    (dog,) = find_sounding_objects(maps_of(probabilities, uncertainty), (4, 6), rule())
    assert (dog.class_id, dog.name, dog.area, dog.bbox) == (1, "dog", 12, (0, 0, 3, 4))
    assert (dog.score, dog.uncertainty) == (pytest.approx(0.8), pytest.approx(0.3))


def test_a_pixel_sounds_where_all_classes_together_exceed_the_threshold():
    probabilities = torch.tensor([0.45, 0.25, 0.2, 0.1])[:, None, None].expand(4, 2, 2)
    assert [
        entry.name for entry in find_sounding_objects(maps_of(probabilities, torch.zeros(2, 2)), (2, 2), rule())
    ] == ["dog"]
    assert find_sounding_objects(maps_of(probabilities, torch.zeros(2, 2)), (2, 2), rule(threshold=0.55)) == ()


def test_a_pixel_gets_the_most_probable_of_the_classes_asked_for():
    probabilities = torch.tensor([0.1, 0.6, 0.1, 0.2])[:, None, None].expand(4, 2, 2)
    (found,) = find_sounding_objects(maps_of(probabilities, torch.zeros(2, 2)), (2, 2), rule(allowed=(2, 3)))
    assert (found.name, found.score) == ("cat", pytest.approx(0.2))


def test_pixels_above_the_uncertainty_become_background():
    probabilities = torch.tensor([0.1, 0.9, 0.0, 0.0])[:, None, None].expand(4, 1, 4)
    (found,) = find_sounding_objects(
        maps_of(probabilities, torch.tensor([[0.1, 0.1, 0.6, 0.6]])), (1, 4), rule(max_uncertainty=0.5)
    )
    assert found.bbox == (0, 0, 2, 1)


def test_a_box_holds_its_pixels_and_no_more():
    mask = np.zeros((9, 9), bool)
    mask[2, 3] = mask[5, 7] = True
    assert bounding_box(mask) == (3, 2, 5, 4)
