"""Draw which cut-outs a frame has, and where: one to three, a flock of one class, or an instrument that is held."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ravs.data.composition.film.cutout_visibility import cutout_visibility
from ravs.data.composition.film.film_settings import INSTRUMENTS, FilmSettings, Range
from ravs.data.composition.roles import pick
from ravs.data.composition.scene import PlacedObject
from ravs.data.library.library import Library, LibraryPart
from ravs.errors import InputError

CHECK_SIDE = 64  # pixels; frames of any size show the same arrangement
MAX_TRIES = 30
SHRINK_AFTER = 10  # tries
MAX_DIFFERENT = 3  # cut-outs of a flock
HOLDER = "person"

Arrangement = list[PlacedObject]  # the nearest last


def draw_arrangement(
    library: Library, generator: np.random.Generator, settings: FilmSettings, kind: str
) -> Arrangement:
    """Draw cut-outs until each is visible; after the last try those that are not are left out.

    Args:
        kind: pasted, flock, or held: of these "pasted" becomes "held" by a share of the settings.

    Raises: InputError for "held" if the library has no person or no instrument.
    """
    draw: dict[str, Callable[..., Arrangement]] = {"pasted": _draw_several, "flock": _draw_flock, "held": _draw_held}
    for attempt in range(MAX_TRIES):
        shrink = 0.95 ** max(0, attempt - SHRINK_AFTER)
        objects = draw[kind](library, generator, settings, shrink)
        visible = _visible(objects, library, settings)
        if all(visible):
            break
    return [obj for obj, seen in zip(objects, visible, strict=True) if seen]


def _visible(objects: Arrangement, library: Library, settings: FilmSettings) -> list[bool]:
    return [
        inside >= settings.min_inside and seen >= settings.min_uncovered
        for inside, seen in cutout_visibility(objects, library, CHECK_SIDE)
    ]


def _draw_several(
    library: Library, generator: np.random.Generator, settings: FilmSettings, shrink: float
) -> Arrangement:
    """One to three cut-outs of any classes, sorted by lower edge: what stands lower is nearer."""
    count = 1 + int(generator.choice(len(settings.counts), p=settings.counts))
    names = [_draw_class(library, generator, settings) for _ in range(count)]
    if count > 1 and set(names) & set(INSTRUMENTS) and generator.random() < settings.held and HOLDER in library.cutouts:
        return _draw_held(library, generator, settings, shrink)
    sides = settings.single_side if count == 1 else settings.several_side
    objects = [
        _place(
            _draw_cutout(library, name, generator, settings),
            library,
            _log_uniform(sides, generator) * shrink,
            (generator.random(), generator.random() ** 0.7),  # rather low: most things stand on the ground
            generator,
        )
        for name in names
    ]
    return sorted(objects, key=lambda obj: obj.y + _height(obj, library) / 2)


def _draw_flock(library: Library, generator: np.random.Generator, settings: FilmSettings, shrink: float) -> Arrangement:
    """Several of one class at similar sizes, scattered or in rows; what stands lower is larger and nearer."""
    name = pick([name for name in library.cutouts if name in library.classes], generator)
    cutouts = [_draw_cutout(library, name, generator, settings) for _ in range(MAX_DIFFERENT)]
    count = int(generator.integers(settings.flock_count[0], settings.flock_count[1] + 1))
    base = generator.uniform(*settings.flock_side)
    positions = _rows(count, generator) if generator.random() < 0.5 else _scattered(count, generator)
    objects = []
    for x, y in sorted(positions, key=lambda position: position[1]):
        size = base * (0.6 + 0.7 * y) * generator.uniform(0.9, 1.1) * shrink
        size = float(np.clip(size, *settings.flock_side))
        objects.append(_place(cutouts[int(generator.integers(len(cutouts)))], library, size, (x, y), generator))
    return objects


def _draw_held(library: Library, generator: np.random.Generator, settings: FilmSettings, shrink: float) -> Arrangement:
    """A person with an instrument in front of the body."""
    instruments = [name for name in INSTRUMENTS if name in library.cutouts]
    if not instruments or HOLDER not in library.cutouts:
        raise InputError(
            f"the library has cut-outs of {', '.join(library.cutouts)}; frames of the kind 'held' need {HOLDER} and "
            f"one of {', '.join(INSTRUMENTS)}: give these classes, or take another kind"
        )
    side = _log_uniform(settings.holder_side, generator) * shrink
    center = (generator.uniform(0.2, 0.8), generator.uniform(0.3, 0.9))
    person = _place(_draw_cutout(library, HOLDER, generator, settings), library, side, center, generator)
    height = _height(person, library)
    held_at = (person.x + generator.uniform(-0.08, 0.08) * height, person.y + generator.uniform(-0.2, 0.1) * height)
    cutout = _draw_cutout(library, pick(instruments, generator), generator, settings)
    held = _place(cutout, library, generator.uniform(*settings.held_side) * height, held_at, generator)
    return [person, replace(held, tilt_degrees=float(generator.uniform(-45, 45)))]


def _draw_class(library: Library, generator: np.random.Generator, settings: FilmSettings) -> str:
    own = [name for name in library.cutouts if name in library.classes]
    extras = [name for name in library.cutouts if name not in library.classes]
    return pick(extras if extras and generator.random() < settings.extras else own, generator)


def _draw_cutout(library: Library, name: str, generator: np.random.Generator, settings: FilmSettings) -> LibraryPart:
    """A cut-out of a class; drawings are rarer than photographs."""
    parts = library.cutouts[name]
    weights = np.array([settings.drawing_weight if part.style == "drawing" else 1.0 for part in parts])
    return parts[int(generator.choice(len(parts), p=weights / weights.sum()))]


def _place(
    part: LibraryPart, library: Library, side: float, center: tuple[float, float], generator: np.random.Generator
) -> PlacedObject:
    return PlacedObject(
        class_name=part.class_name,
        class_index=library.index_of(part.class_name),
        cutout=part.path,
        side=float(side),
        x=float(center[0]),
        y=float(center[1]),
        mirrored=bool(generator.random() < 0.5),
        tilt_degrees=float(generator.normal(0, 5)),
    )


def _height(obj: PlacedObject, library: Library) -> float:
    """Of a cut-out without its tilt, in shares of the frame's side."""
    height, width = library.cutout(obj.cutout).shape[:2]
    return float(obj.side * height / max(height, width))


def _log_uniform(bounds: Range, generator: np.random.Generator) -> float:
    return float(np.exp(generator.uniform(*np.log(bounds))))


def _scattered(count: int, generator: np.random.Generator) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in generator.uniform((0.05, 0.2), (0.95, 0.95), (count, 2))]


def _rows(count: int, generator: np.random.Generator) -> list[tuple[float, float]]:
    """Up to three rows, evenly filled but for some disorder."""
    rows = int(generator.integers(1, 4))
    heights = np.sort(generator.uniform(0.3, 0.9, rows))
    positions = []
    for row, members in enumerate(np.array_split(np.arange(count), rows)):
        for index in range(len(members)):
            x = (index + 0.5) / len(members) + generator.normal(0, 0.03)
            positions.append((float(x), float(heights[row] + generator.normal(0, 0.015))))
    return positions
