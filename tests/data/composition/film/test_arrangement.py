from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.film.arrangement import draw_arrangement
from ravs.data.composition.film.cutout_visibility import cutout_visibility
from ravs.data.composition.film.film_settings import FilmSettings
from ravs.errors import InputError

SETTINGS = FilmSettings()


def arrangements(library, kind, count=150, settings=SETTINGS):
    return [draw_arrangement(library, np.random.default_rng(seed), settings, kind) for seed in range(count)]


def test_a_single_cutout_covers_up_to_one_and_a_half_sides(film_library):
    sides = [objects[0].side for objects in arrangements(film_library, "pasted", 300) if len(objects) == 1]
    assert 0.2 < min(sides) < 0.4
    assert 1.4 < max(sides) <= 1.6
    assert np.mean(np.array(sides) > 0.5) > 0.5


@pytest.mark.parametrize("kind", ["pasted", "flock", "held"])
def test_of_each_cutout_enough_is_in_the_frame_and_uncovered(film_library, kind):
    shares = [
        pair for objects in arrangements(film_library, kind) for pair in cutout_visibility(objects, film_library, 200)
    ]
    inside, uncovered = np.array(shares).T
    assert 0.33 < inside.min() < 0.7  # some are cut by the frame; checked at 64 pixels
    assert 0.3 < uncovered.min() < 0.7  # some are covered


def test_a_flock_is_of_one_class_and_what_stands_lower_is_larger(film_library):
    flocks = arrangements(film_library, "flock")
    assert {len(flock) for flock in flocks} >= {5, 6, 7, 8, 9}
    assert all(len({obj.class_name for obj in flock}) == 1 for flock in flocks)
    assert all(0.05 <= obj.side <= 0.3 for flock in flocks for obj in flock)
    lower, upper = ([flock[end].side for flock in flocks] for end in (-1, 0))
    assert np.mean(np.array(lower) > np.array(upper)) > 0.75


def test_a_held_instrument_lies_on_the_body_and_is_nearer(film_library):
    for person, instrument in arrangements(film_library, "held"):
        assert (person.class_name, instrument.class_name) == ("person", "guitar")
        assert abs(instrument.x - person.x) <= 0.08 * person.side
        assert 0.35 <= instrument.side / person.side <= 0.6  # the person is 90 high, its longest side


def test_people_hold_instruments_only_as_often_as_the_settings_say(film_library):
    never = arrangements(film_library, "pasted", 200, replace(SETTINGS, held=0.0))
    always = arrangements(film_library, "pasted", 200, replace(SETTINGS, held=1.0))

    def held(objects):
        return [obj.class_name for obj in objects] == ["person", "guitar"] and abs(objects[1].tilt_degrees) > 20

    assert sum(map(held, never)) <= 2
    assert sum(map(held, always)) > 25


def test_a_drawing_is_rarer_than_a_photograph(film_library):
    photo = film_library.cutouts["sheep"][0]
    library = replace(film_library, cutouts={"sheep": (photo, replace(photo, style="drawing", path="guitar.png"))})
    chosen = [obj.cutout for objects in arrangements(library, "pasted", 300) for obj in objects]
    assert chosen.count("guitar.png") / len(chosen) == pytest.approx(0.4 / 1.4, abs=0.06)


def test_classes_that_are_always_silent_are_rarer(film_library):
    library = replace(film_library, classes=("person", "guitar"), extras=("sheep",))
    names = [obj.class_name for objects in arrangements(library, "pasted", 300) for obj in objects]
    assert names.count("sheep") / len(names) == pytest.approx(0.15, abs=0.05)
    assert all(objects[0].class_name != "sheep" for objects in arrangements(library, "flock", 30))


def test_a_library_without_people_has_nobody_to_hold_anything(library):
    with pytest.raises(
        InputError, match=r"cut-outs of bell, horn, drum, whistle; frames of the kind 'held' need person"
    ):
        draw_arrangement(library, np.random.default_rng(0), SETTINGS, "held")
