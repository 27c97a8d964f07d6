"""What sounds in a frame: which classes, in which second of audio, from where, and so which things are the mask."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ravs.errors import InputError
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.frame_blocks import ObjectInView
from ravs.training.film.simulated_panorama import Panorama, draw_panorama

OTHER_CLASS = 0.7  # of seconds of what is not in view; in the others no class is heard
ONE_OF_SEVERAL = 0.6  # of classes of which 2 to 4 are in view, and directions known: not all of them sound
SEVERAL = range(2, 5)
MAX_TRIES = 20


class Sounding(NamedTuple):
    """What sounds in a frame."""

    second: int
    objects: list[int]  # that sound, by their place in the frame's list
    panorama: Panorama
    has_directions: bool


class SecondsByClasses:
    """Places of seconds by what is heard in them."""

    def __init__(self, heard: Sequence[tuple[str, ...]]) -> None:
        """`heard`: the classes of each second, sorted. Raises: InputError if there is a class in all of them."""
        self._places: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, classes in enumerate(heard):
            self._places[classes].append(index)
        if () not in self._places:
            raise InputError(f"none of the {len(heard)} seconds is without a class: set seconds to a larger number")
        self.single_classes = [classes[0] for classes in self._places if len(classes) == 1]

    def draw(self, classes: Sequence[str], generator: np.random.Generator) -> int | None:
        """A second in which exactly these classes are heard, if there is one."""
        places = self._places.get(tuple(sorted(classes)))
        return None if places is None else places[int(generator.integers(len(places)))]


def draw_heard(
    in_view: Sequence[str],
    objects: Sequence[ObjectInView],
    seconds: SecondsByClasses,
    generator: np.random.Generator,
    settings: FilmTrainingSettings,
) -> tuple[int, list[str]]:
    """A second, and which of the classes in view are heard in it: one or two of them, or none.

    `in_view`: those that may sound. What is heard and not in view is of no class of any object, however small.
    """
    if in_view and generator.random() < settings.in_view:
        weights = np.array([settings.person_weight if name == "person" else 1.0 for name in in_view])
        weights /= weights.sum()
        counts = (2, 1) if len(in_view) > 1 and generator.random() < settings.two_classes else (1,)
        for count in counts:
            heard = [in_view[index] for index in generator.choice(len(in_view), count, replace=False, p=weights)]
            if (second := seconds.draw(heard, generator)) is not None:
                return second, heard
    return _draw_off_screen({one.class_name for one in objects}, seconds, generator), []


def _draw_off_screen(visible: set[str], seconds: SecondsByClasses, generator: np.random.Generator) -> int:
    """A second of a class that is not in view, or of none; of any one, where no such second was drawn."""
    if generator.random() < OTHER_CLASS:
        others = [name for name in seconds.single_classes if name not in visible]
        if others and (second := seconds.draw([others[int(generator.integers(len(others)))]], generator)) is not None:
            return second
    second = seconds.draw([], generator)
    assert second is not None  # there is one, as the constructor made sure
    return second


def draw_sounding(
    in_view: Sequence[str],
    objects: Sequence[ObjectInView],
    seconds: SecondsByClasses,
    directions: int,
    generator: np.random.Generator,
    settings: FilmTrainingSettings,
) -> Sounding:
    """Draw what sounds in a frame: classes, things of them, and directions, which are true, false or unknown."""
    second, heard = draw_heard(in_view, objects, seconds, generator, settings)
    kind = generator.random()
    stereo = kind < settings.stereo
    things = [thing for name in heard for thing in _things_that_sound(name, objects, stereo, generator)]
    if stereo:
        xs = [objects[thing].x for thing in things] or [float(generator.random())]
    elif kind < settings.stereo + settings.lying_stereo:
        xs = [float(x) for x in generator.random(int(generator.integers(1, 3)))]
    else:
        return Sounding(second, things, draw_panorama([], directions, generator), False)
    return Sounding(second, things, draw_panorama(xs, directions, generator), True)


def _things_that_sound(
    name: str, objects: Sequence[ObjectInView], stereo: bool, generator: np.random.Generator
) -> list[int]:
    """All visible things of a class, or, where directions can tell them apart, some of a few."""
    things = [place for place, one in enumerate(objects) if one.class_name == name and one.share > 0]
    if stereo and len(things) in SEVERAL and generator.random() < ONE_OF_SEVERAL:
        count = int(generator.integers(1, len(things)))
        return sorted(generator.choice(things, count, replace=False).tolist())
    return things
