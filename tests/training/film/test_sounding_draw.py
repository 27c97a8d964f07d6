"""What sounds in a frame, from where, and how often: shares are those of the settings."""

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.frame_blocks import ObjectInView
from ravs.training.film.sounding_draw import SecondsByClasses, draw_heard, draw_sounding

HEARD = [("dog",), ("dog",), ("person",), ("bell",), ("fly",), (), ("dog", "person"), ("bell", "fly")]
SECONDS = SecondsByClasses(HEARD)
DOG, PERSON, FLY = ObjectInView("dog", 0.1, 0.2), ObjectInView("person", 0.2, 0.7), ObjectInView("fly", 0.001, 0.5)
GONE = ObjectInView("dog", 0.0, 0.5)


def heard(able, objects, count=1500, **changes):
    """Classes in the second that was drawn, and those said to sound, many times."""
    generator, settings = np.random.default_rng(0), FilmTrainingSettings(**changes)
    drawn = [draw_heard(able, objects, SECONDS, generator, settings) for _ in range(count)]
    return [(HEARD[second], tuple(sorted(names))) for second, names in drawn]


def soundings(objects, count=400, **changes):
    generator, settings = (
        np.random.default_rng(0),
        FilmTrainingSettings(**{"in_view": 1.0, "two_classes": 0.0} | changes),
    )
    return [draw_sounding(["dog"], objects, SECONDS, 24, generator, settings) for _ in range(count)]


def test_what_is_heard_is_what_sounds_or_nothing_that_is_in_view():
    for second, names in heard(["dog", "person"], [DOG, PERSON, FLY]):
        assert names == second if names else not set(second) & {"dog", "person", "fly"}


def test_a_class_in_view_is_heard_as_often_as_the_settings_say():
    drawn = heard(["dog"], [DOG])
    assert np.mean([names == ("dog",) for _, names in drawn]) == pytest.approx(FilmTrainingSettings().in_view, abs=0.05)
    off_screen = [second for second, names in drawn if not names]
    assert np.mean([second != () for second in off_screen]) == pytest.approx(0.7, abs=0.06)


def test_two_classes_in_view_are_heard_together_where_such_a_second_exists():
    both = np.mean([len(names) == 2 for _, names in heard(["dog", "person"], [DOG, PERSON], in_view=1.0)])
    assert both == pytest.approx(0.3, abs=0.05)
    alone = heard(["dog", "fly"], [DOG, FLY], in_view=1.0, two_classes=1.0)  # no second has both
    assert {names for _, names in alone} == {("dog",), ("fly",)}


def test_people_are_heard_less_often_than_what_is_beside_them():
    drawn = heard(["dog", "person"], [DOG, PERSON], in_view=1.0, two_classes=0.0)
    assert np.mean([names == ("person",) for _, names in drawn]) == pytest.approx(0.35 / 1.35, abs=0.05)


def test_nothing_in_view_is_heard_where_nothing_in_view_can_sound():
    assert all(names == () for _, names in heard([], [FLY]))


def test_seconds_that_all_have_a_class_are_an_error():
    with pytest.raises(InputError, match="none of the 1 seconds is without a class: set seconds"):
        SecondsByClasses([("dog",)])


def test_in_mono_every_visible_thing_of_the_class_sounds_and_no_direction_is_known():
    for one in soundings([DOG, PERSON, GONE, DOG], stereo=0.0, lying_stereo=0.0):
        assert (one.objects, one.has_directions) == ([0, 3], False)


def test_in_stereo_the_panorama_is_where_the_things_that_sound_are():
    left, right = DOG, ObjectInView("dog", 0.1, 0.8)
    drawn = soundings([left, right], stereo=1.0, lying_stereo=0.0)
    assert {tuple(one.objects) for one in drawn} == {(0,), (1,), (0, 1)}
    assert np.mean([len(one.objects) == 1 for one in drawn]) == pytest.approx(0.6, abs=0.08)
    for one in drawn:
        halves = one.panorama[:12].sum(), one.panorama[12:].sum()
        assert one.has_directions
        assert one.objects != [0] or halves[0] > halves[1]
        assert one.objects != [1] or halves[1] > halves[0]


def test_a_lying_panorama_hides_no_thing_of_the_class():
    for one in soundings([DOG, DOG], stereo=0.0, lying_stereo=1.0):
        assert (one.objects, one.has_directions) == ([0, 1], True)


def test_directions_are_known_as_often_as_the_settings_say():
    known = np.mean([one.has_directions for one in soundings([DOG])])
    assert known == pytest.approx(0.4 + 0.1, abs=0.07)
