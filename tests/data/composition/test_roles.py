from collections import Counter

import numpy as np
import pytest

from ravs.data.composition.roles import draw_classes_and_roles, redraw_roles
from ravs.data.composition.scene import Backdrop, PlacedObject, Roles, Scene
from ravs.data.library.library import Library
from ravs.errors import InputError

DRAWS = 300


def casts(subset, library):
    return [draw_classes_and_roles(subset, library, np.random.default_rng([3, number])) for number in range(DRAWS)]


def scene_of(names, library, subset="ss"):
    objects = tuple(
        PlacedObject(class_name=name, class_index=library.index_of(name), cutout="", side=0.3, x=0.5, y=0.5)
        for name in names
    )
    roles = Roles(sounding=(False,) * len(names))
    return Scene(subset=subset, objects=objects, backdrop=Backdrop(path=""), roles=roles)


def test_in_ss_one_object_sounds_and_up_to_two_others_are_silent(library):
    sizes = Counter()
    for names, roles in casts("ss", library):
        assert roles.sounding == (True,) + (False,) * (len(names) - 1)
        sizes[len(names)] += 1
    assert set(sizes) == {1, 2, 3}
    np.testing.assert_allclose([sizes[n] / DRAWS for n in (1, 2, 3)], [0.30, 0.45, 0.25], atol=0.09)


def test_in_ms_two_or_three_different_classes_sound_and_a_further_one_may_be_silent(library):
    for names, roles in casts("ms", library):
        assert len(set(names)) == len(names)
        assert sum(roles.sounding) in (2, 3)
        assert len(names) - sum(roles.sounding) in (0, 1)


def test_in_msmi_two_or_three_objects_share_a_class_and_no_more_sound_than_it_has_recordings(library):
    some_silent = 0
    for names, roles in casts("msmi", library):
        repeated = [sounds for name, sounds in zip(names, roles.sounding, strict=True) if name == names[0]]
        assert len(repeated) in (2, 3)
        assert len(names) - len(repeated) in (0, 1)
        assert 1 <= sum(repeated) <= len(library.sounds[names[0]])
        some_silent += not all(repeated)
    assert 0.7 < some_silent / DRAWS < 0.95


def test_in_negatives_nothing_sounds_and_the_kinds_have_their_shares(library):
    kinds = Counter()
    for names, roles in casts("negative", library):
        assert 1 <= len(names) <= 3
        assert not any(roles.sounding)
        kinds[roles.negative] += 1
    shares = [kinds[kind] / DRAWS for kind in ("silence", "noise", "ambient", "off-screen")]
    np.testing.assert_allclose(shares, [0.125, 0.125, 0.375, 0.375], atol=0.09)


def test_classes_are_drawn_uniformly_not_in_proportion_to_their_files(library):
    firsts = Counter(names[0] for names, _ in casts("ss", library))
    np.testing.assert_allclose([firsts[name] / DRAWS for name in library.classes], 0.25, atol=0.08)


def test_ms_with_one_class_is_an_error(library_root):
    with pytest.raises(InputError, match="1 classes with cut-outs and sounds are too few for ms"):
        draw_classes_and_roles("ms", Library.read(library_root, classes="bell"), np.random.default_rng(0))


def test_classes_the_model_does_not_know_never_sound_in_view(library_root):
    library = Library.read(library_root, classes="bell,horn", extras=True)
    seen_extras = 0
    for subset in ("ss", "ms", "msmi"):
        for names, roles in casts(subset, library):
            for name, sounds in zip(names, roles.sounding, strict=True):
                seen_extras += name not in library.classes
                assert not (sounds and name not in library.classes)
    assert seen_extras


@pytest.mark.parametrize("names", [["bell"], ["bell", "horn"], ["bell", "bell", "horn"], ["drum", "drum", "drum"]])
def test_redrawn_roles_obey_a_subset_that_the_objects_fit(names, library):
    found = set()
    for number in range(DRAWS):
        roles = redraw_roles(scene_of(names, library), library, np.random.default_rng([1, number]), negative=0.1)
        assert len(roles.sounding) == len(names)
        assert any(roles.sounding) == (roles.negative is None)
        for name in set(names):
            several = [sounds for other, sounds in zip(names, roles.sounding, strict=True) if other == name]
            assert sum(several) <= len(library.sounds[name])
        found.add(roles.sounding)
    every = {"bell": 2, "bell horn": 4, "bell bell horn": 8, "drum drum drum": 4}  # drum has one recording
    assert len(found) == every[" ".join(names)]


def test_redrawn_roles_of_unknown_objects_are_always_negative(library_root):
    library = Library.read(library_root, classes="bell,horn", extras=True)
    roles = redraw_roles(scene_of(["kettle"], library), library, np.random.default_rng(0), negative=0.0)
    assert roles.negative is not None
