"""Which name a region gets, over the seconds of clips drawn by hand: background, dog, car, cat."""

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.inference.region_names import MIN_LEAD, MIN_SHARE, RegionNamer
from ravs.structures.mask_rule import MaskRule
from support.maps import parts_of

CLASSES = ("dog", "car", "cat")
UNNAMED = 4


def namer(allowed=(1, 2, 3), unnamed=UNNAMED):
    return RegionNamer(allowed, 0.5, unnamed)


def clip(*seconds, size=(4, 8)):
    """Seconds in which a thing in the middle has these shares of dog, car and cat; None: silent."""
    maps = torch.zeros(len(seconds), 4, *size)
    maps[:, 0] = 1
    for second, shares in enumerate(seconds):
        if shares is not None:
            maps[second, :, :, 2:6] = torch.tensor([0.2, *(0.8 * share for share in shares)])[:, None, None]
    return maps


def names(maps, of=None):
    """The name of the thing in each second, 0 where it does not sound."""
    return (of or namer()).names_of(*parts_of(maps))[:, 1, 3].tolist()


def test_a_region_has_the_name_of_the_largest_mean_share():
    """Ten of its sixteen cells are most probably a car, but a dog has the larger mean: 0.55 to 0.35."""
    maps = clip((0.4, 0.45, 0.15))
    maps[0, :, ::2, 2:5] = torch.tensor([0.2, 0.8 * 0.8, 0.2 * 0.8, 0])[:, None, None]
    assert (maps[0, 2] > maps[0, 1]).sum() == 10
    found = namer().names_of(*parts_of(maps))[0]
    assert np.unique(found[:, 1:7]).tolist() == [1] and not found[:, [0, 7]].any()


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        ((0.36, 0.34, 0.3), UNNAMED),
        ((MIN_SHARE + 0.01, MIN_SHARE - 0.01, 0.2), 1),
        ((0.25, 0.26 + MIN_LEAD, 0.25), 2),
        ((0.39, 0.31, 0.3), UNNAMED),
    ],
)
def test_a_region_has_no_name_where_no_class_has_a_clear_share_or_lead(shares, name):
    assert names(clip(shares)) == [name]


def test_without_an_index_for_it_every_region_has_its_likeliest_class():
    assert names(clip((0.34, 0.36, 0.3)), namer(unnamed=None)) == [2]


def test_names_do_not_flicker_where_the_evidence_alternates():
    dog, car = (0.45, 0.4, 0.15), (0.4, 0.45, 0.15)
    assert names(clip(dog, car, dog, car, dog)) == [1] * 5
    assert len(set(names(clip(car, dog, car, dog, car)))) == 1


def test_names_do_not_flicker_from_clip_to_clip():
    dog, car, one = (0.45, 0.4, 0.15), (0.4, 0.45, 0.15), namer()
    assert [name for second in (dog, car, dog, car) for name in names(clip(second), one)] == [1] * 4


def test_a_single_second_of_another_name_has_that_of_its_neighbors():
    assert names(clip((0.7, 0.2, 0.1), (0.4, 0.5, 0.1), (0.7, 0.2, 0.1))) == [1, 1, 1]


def test_a_thing_that_becomes_another_changes_its_name():
    assert names(clip(*[(0.8, 0.1, 0.1)] * 3, *[(0.1, 0.8, 0.1)] * 3)) == [1, 1, 1, 2, 2, 2]


def test_a_name_is_not_kept_over_a_silent_second():
    dog, car = (0.46, 0.4, 0.14), (0.42, 0.46, 0.12)
    assert names(clip(dog, car)) == [1, 1]
    assert names(clip(dog, None, car)) == [1, 0, 2]


def test_evidence_of_other_seconds_weighs_as_much_as_they_overlap():
    """The thing is in columns 1 to 6, its ring included; a second later in 3 to 7, or in 6 and 7."""
    first, near, far = clip((0.5, 0.3, 0.2)), clip(None), clip(None)
    near[..., 4:] = far[..., 7:] = clip((0.1, 0.8, 0.1))[..., 3:4]
    for later, iou, name in ((near, 4 / 7, 2), (far, 1 / 7, 1)):
        dog, car = (0.5 + iou * 0.1) / (1 + iou), (0.3 + iou * 0.8) / (1 + iou)
        assert (car > dog) == (name == 2)
        assert names(torch.cat([first, later]))[0] == name


def test_two_things_at_once_keep_a_name_each():
    maps = torch.zeros(3, 4, 4, 12)
    maps[:, 0] = 1
    maps[:, :, :, 1:4] = torch.tensor([0.2, 0.6, 0.1, 0.1])[:, None, None]
    maps[:, :, :, 8:11] = torch.tensor([0.2, 0.1, 0.6, 0.1])[:, None, None]
    found = namer().names_of(*parts_of(maps))
    assert found[:, 1].tolist() == [[1, 1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 2]] * 3


def test_a_region_is_named_among_the_allowed_classes_as_if_there_were_no_others():
    shares = (0.1, 0.25, 0.65)
    assert names(clip(shares), namer(allowed=(1, 2))) == [2]
    assert names(clip((0.12, 0.12, 0.76)), namer(allowed=(1, 2, 3))) == [3]
    assert names(clip((0.12, 0.12, 0.76)), namer(allowed=(1,))) == [1]


def test_frames_of_another_size_begin_anew():
    one = namer()
    one.names_of(*parts_of(clip((0.45, 0.4, 0.15))))
    assert one.names_of(*parts_of(clip((0.4, 0.45, 0.15), size=(6, 8))))[0, 1, 3] == 2


def test_the_configuration_asks_for_names_by_region_or_not():
    rule = MaskRule(names=("background", "dog", "car", "unnamed"), allowed=(1, 2), threshold=0.3)
    assert RegionNamer.of("pixel", rule) is None
    assert RegionNamer.of("region", rule) == RegionNamer((1, 2), 0.3, 3)
    assert RegionNamer.of("region", rule, always=True).unnamed is None
    single = RavsConfig(names="region").mask_classes  # a single class needs no index for what has no name
    assert RegionNamer.of("region", MaskRule(names=single, allowed=(1,))).unnamed is None


def test_names_of_a_large_map_have_its_size():
    maps = clip((0.8, 0.1, 0.1)).repeat_interleave(50, dim=2).repeat_interleave(50, dim=3)[..., :190, :]
    found = namer().names_of(*parts_of(maps))
    assert found.shape == (1, 190, 400)
    assert np.unique(found[0, :, 100:300]).tolist() == [1] and not np.asarray(found[0, :, :90]).any()
