"""The ground of a frame: a crop of a photograph with its natural masks, or of a background."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.film.photographs import IGNORED, Photograph, Photos
from ravs.data.composition.roles import pick
from ravs.data.library.library import Library, Rgb

MAX_TRIES = 20
Window = tuple[slice, slice]  # rows, columns


@dataclass(frozen=True)
class Ground:
    """What a frame shows before anything is pasted."""

    image: UInt8[np.ndarray, "side side 3"]
    instances: UInt8[np.ndarray, "side side"]  # as `Photograph.instance_map`
    classes: tuple[str, ...]
    source: str  # file of the photograph, path of the background
    scale: float  # pixels of the frame for one of the source


def draw_background(library: Library, generator: np.random.Generator, side: int, settings: FilmSettings) -> Ground:
    """A random crop of a random background of the library."""
    path = pick([part.path for part in library.backgrounds], generator)
    image = library.background(path)
    window = _draw_window(image.shape[:2], None, generator, settings)
    return _crop(image, np.zeros(image.shape[:2], np.uint8), window, side, (), path)


def draw_photograph(
    photos: Photos, generator: np.random.Generator, side: int, settings: FilmSettings, *, centered: bool
) -> Ground:
    """A random crop of a random photograph.

    Args:
        centered: a thing of known class fills a settings' share of it at least, if any photograph has one that can.
            The class is drawn first, by the root of how often it occurs, so that people do not crowd out the rest.
    """
    large = _large_things(photos, settings) if centered else {}
    if not large:
        photograph = photos.photographs[int(generator.integers(len(photos.photographs)))]
        window = _draw_window(photograph.size, None, generator, settings)
        return _crop_photograph(photograph, window, side)
    weights = np.sqrt([len(things) for things in large.values()])
    things = list(large.values())[int(generator.choice(len(large), p=weights / weights.sum()))]
    photograph, number = things[int(generator.integers(len(things)))]
    window = _window_around(photograph, number, generator, settings)
    return _crop_photograph(photograph, window, side)


def _large_things(photos: Photos, settings: FilmSettings) -> dict[str, list[tuple[Photograph, int]]]:
    """By class, the photographs and values of things that can fill enough of the smallest crop."""
    found: dict[str, list[tuple[Photograph, int]]] = {}
    for photograph in photos.photographs:
        enough = settings.centered_share * (settings.crop[0] * min(photograph.size)) ** 2
        for number, (name, area) in enumerate(zip(photograph.classes, photograph.areas, strict=True), 1):
            if area >= enough:
                found.setdefault(name, []).append((photograph, number))
    return found


def _window_around(
    photograph: Photograph, number: int, generator: np.random.Generator, settings: FilmSettings
) -> Window:
    """A window around a random pixel of a thing, that the thing fills enough of; the last try is taken as it is."""
    rows, columns = np.nonzero(photograph.instance_map == number)
    for _ in range(MAX_TRIES):
        index = int(generator.integers(len(rows)))
        window = _draw_window(photograph.size, (int(rows[index]), int(columns[index])), generator, settings)
        if (photograph.instance_map[window] == number).mean() >= settings.centered_share:
            break
    return window


def _draw_window(
    size: tuple[int, ...], center: tuple[int, int] | None, generator: np.random.Generator, settings: FilmSettings
) -> Window:
    """A window of random size and squeeze, anywhere or around a pixel."""
    length = generator.uniform(*settings.crop) * min(size)
    squeeze = np.sqrt(np.exp(generator.uniform(-1, 1) * np.log(settings.squeeze)))
    slices = []
    for axis, stretch in enumerate((squeeze, 1 / squeeze)):
        extent = int(np.clip(round(length * stretch), 1, size[axis]))
        room = size[axis] - extent
        start = generator.integers(room + 1) if center is None else np.clip(center[axis] - extent // 2, 0, room)
        slices.append(slice(int(start), int(start) + extent))
    return slices[0], slices[1]


def _crop_photograph(photograph: Photograph, window: Window, side: int) -> Ground:
    source, classes = photograph.path.name, photograph.classes
    return _crop(photograph.image(), photograph.instance_map, window, side, classes, source)


def _crop(
    image: Rgb, instances: np.ndarray, window: Window, side: int, classes: tuple[str, ...], source: str
) -> Ground:
    cut = image[window]
    scale = side / float(np.sqrt(cut.shape[0] * cut.shape[1]))
    scaled = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    labels = cv2.resize(instances[window], (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
    assert len(classes) < IGNORED
    return Ground(np.asarray(scaled, np.uint8), np.asarray(labels, np.uint8), classes, source, scale)
