"""Composed sets as data sets."""

import numpy as np
import pytest

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.composition.composed_clip import look_alike_seconds, read_composed_clip
from ravs.data.datasets.composed_dataset import open_composed
from ravs.errors import InputError


@pytest.fixture(scope="module")
def a_set(library, tmp_path_factory):
    out = tmp_path_factory.mktemp("composed")
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(out, library, settings, subsets=("ms", "negative"), count=1)
    return open_composed(out)


def test_a_composed_set_lists_its_clips_with_split_subset_and_sounding_classes(a_set):
    ms, negative = a_set.select()
    assert (ms.name, ms.subset, ms.split) == ("ms/000", "ms", "val")
    assert len(ms.sounding) >= 2 and set(ms.sounding) <= set(a_set.classes)
    assert negative.sounding == ()


def test_a_composed_clip_reads_as_its_own_reader_has_it(a_set):
    (entry,) = a_set.select(subset="ms")
    clip = read_composed_clip(a_set.root / "ms" / "000")
    np.testing.assert_array_equal(a_set.read(entry).masks, clip.masks)
    assert a_set.read(entry).subset == "ms"


def test_every_file_of_a_clip_is_named(a_set):
    (entry,) = a_set.select(subset="ms")
    kinds = [kind for kind, _ in a_set.files(entry)]
    assert sorted(kinds) == ["frame"] + ["mask"] * 5 + ["sound"]
    assert all(path.exists() for _, path in a_set.files(entry))


def test_what_a_set_does_not_have_is_refused_with_what_it_has(a_set):
    with pytest.raises(InputError, match="nothing of 'ss test'; it has ms val, negative val"):
        a_set.select("test", "ss")


def test_look_alike_seconds_are_those_where_one_of_two_objects_of_a_class_sounds():
    objects = [("bell", [1, 1, 0, 0, 1]), ("bell", [0, 1, 0, 1, 0]), ("horn", [0, 0, 0, 0, 1])]
    info = {"objects": [{"class": name, "sounding_seconds": seconds} for name, seconds in objects]}
    assert look_alike_seconds(info) == (True, False, False, True, True)


def test_a_set_gives_masks_and_look_alikes_of_a_clip_without_reading_it(library, tmp_path):
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(tmp_path, library, settings, subsets=("msmi",), count=1)
    found = open_composed(tmp_path)
    (entry,) = found.select()
    clip = found.read(entry)
    (tmp_path / "msmi" / "000" / "video.mp4").unlink()
    assert found.look_alike(entry) == clip.look_alike
    np.testing.assert_array_equal(np.stack([found.read_mask(path) for path in entry.masks]), clip.masks)
