"""Folds of cut-outs, photographs and recordings."""

from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.film.folds import group_folds, image_fold, recording_folds
from ravs.data.library.library import LibraryPart
from ravs.errors import InputError


def parts(kind, **groups):
    """Parts of each class from the letters of a text, each an original's; several of one original are numbered."""
    return {
        name: tuple(
            LibraryPart(path=f"{name}/{place}{letter}", kind=kind, class_name=name, group=letter)
            for place, letter in enumerate(letters)
        )
        for name, letters in groups.items()
    }


@pytest.mark.parametrize("seed", range(5))
def test_folds_never_share_an_original(seed):
    sounds = parts("sound", drum="aabbcde", cymbal="abxyz")
    folds = group_folds(sounds, 3, np.random.default_rng(seed))
    assert set(folds) == set("abcdexyz")  # one fold each, also of a and b, which both classes have


@pytest.mark.parametrize("seed", range(5))
def test_a_class_is_spread_evenly_over_the_folds(seed):
    folds = group_folds(parts("cutout", dog="abcdefg"), 3, np.random.default_rng(seed))
    assert sorted(list(folds.values()).count(fold) for fold in range(3)) == [2, 2, 3]


def test_single_originals_of_many_classes_fill_all_folds_alike():
    many = parts("cutout", **{f"class{number}": chr(97 + number) for number in range(20)})
    folds = list(group_folds(many, 3, np.random.default_rng(0)).values())
    assert sorted(folds.count(fold) for fold in range(3)) == [6, 7, 7]


def test_more_folds_than_photographs_are_an_error_that_says_so(film_library, photos):
    library = replace(film_library, cutouts=parts("cutout", dog="abcdefgh"))
    with pytest.raises(InputError, match="8 cut-outs of different originals and 3 photographs do not fill 4 folds"):
        image_fold(library, photos, 3, 4, seed=0)


@pytest.mark.parametrize("seed", range(5))
def test_recordings_of_a_class_with_several_originals_are_divided_by_original(library, seed):
    sounds = replace(library, sounds=parts("sound", drum="aabbc", cymbal="abxyz", owl="vvw"))
    folds = recording_folds(sounds, 5, np.random.default_rng(seed))
    by_original = {}
    for found in sounds.sounds.values():
        for part in found:
            by_original.setdefault(part.group, set()).add(folds[part.path])
    assert all(len(own) == 1 and own != {None} for own in by_original.values())
    assert by_original["v"] != by_original["w"]


def test_recordings_of_a_single_original_are_divided_one_by_one_and_a_single_one_not_at_all(library):
    sounds = replace(library, sounds=parts("sound", lion="aaa", owl="b"))
    folds = recording_folds(sounds, 5, np.random.default_rng(0))
    assert len({folds[f"lion/{place}a"] for place in range(3)}) == 3
    assert folds["owl/0b"] is None


def test_images_of_the_folds_are_those_of_the_library_without_overlap(film_library, photos):
    originals = parts("cutout", dog="aabbc", cat="d")
    library = replace(film_library, cutouts=originals)
    folds = [image_fold(library, photos, fold, 3, seed=7) for fold in range(3)]
    groups = [{part.group for found in one.cutouts.values() for part in found} for one, _ in folds]
    assert set().union(*groups) == set("abcd")
    assert sum(map(len, groups)) == 4
    files = [one.path.name for _, some in folds for one in some.photographs]
    assert sorted(files) == sorted(one.path.name for one in photos.photographs)
    assert all(one.backgrounds == library.backgrounds for one, _ in folds)
