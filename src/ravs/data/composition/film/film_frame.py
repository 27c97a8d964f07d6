"""Draw a single frame that looks like film, with a map of its things."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from ravs.data.composition.film.arrangement import draw_arrangement
from ravs.data.composition.film.crop import Ground, draw_background, draw_photograph
from ravs.data.composition.film.cutout_appearance import blur
from ravs.data.composition.film.degradation import degrade, draw_bars, encode
from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.film.paste import paste, softness
from ravs.data.composition.film.photographs import IGNORED, Photos
from ravs.data.library.library import Library
from ravs.errors import InputError

KINDS = ("photograph", "pasted", "flock", "held")
DEFAULT = FilmSettings()


@dataclass(frozen=True, slots=True)
class FilmObject:
    """A thing in a frame."""

    class_name: str
    source: str  # path of the cut-out, or file of the photograph
    natural: bool  # filmed where it is, not pasted


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """A frame, RGB. In the instance map 0 is nothing, i is objects[i - 1], 255 is of unknown class: not scored.

    Each object has a pixel at least.
    """

    image: UInt8[np.ndarray, "side side 3"]
    instances: UInt8[np.ndarray, "side side"]
    objects: tuple[FilmObject, ...]


def draw_frame(
    library: Library,
    photos: Photos,
    generator: np.random.Generator,
    side: int,
    kind: str | None = None,
    settings: FilmSettings = DEFAULT,
) -> FilmFrame:
    """Draw a frame; equal generators give equal frames.

    Args:
        side: in pixels.
        kind: photograph; or cut-outs on a ground: pasted (one to three), flock (of one class) or held (an instrument
            by a person). None: by the shares of the settings.

    Raises: InputError for an unknown kind, or one that the library has no classes for.
    """
    if kind not in (None, *KINDS):
        raise InputError(f"no kind {kind!r} of frame; kinds are {', '.join(KINDS)}")
    kind = kind or _draw_kind(generator, settings)
    if kind == "photograph":
        centered = generator.random() < settings.centered
        ground = draw_photograph(photos, generator, side, settings, centered=centered)
        canvas, instances, objects = ground.image.astype(np.float32), ground.instances, _things(ground)
    else:
        canvas, instances, objects = _compose(library, photos, generator, side, kind, settings)
    if generator.random() < 0.5:
        canvas, instances = np.ascontiguousarray(canvas[:, ::-1]), instances[:, ::-1]
    canvas = degrade(canvas, generator, settings)
    if generator.random() < settings.bars:
        canvas, instances = draw_bars(canvas, instances, generator)
    numbered, kept = _renumber(instances, objects)
    return FilmFrame(encode(canvas, generator, settings), numbered, kept)


def _draw_kind(generator: np.random.Generator, settings: FilmSettings) -> str:
    if generator.random() < settings.photograph:
        return "photograph"
    return "flock" if generator.random() < settings.flock else "pasted"


def _things(ground: Ground) -> list[FilmObject]:
    return [FilmObject(name, ground.source, natural=True) for name in ground.classes]


def _compose(
    library: Library, photos: Photos, generator: np.random.Generator, side: int, kind: str, settings: FilmSettings
) -> tuple[np.ndarray, np.ndarray, list[FilmObject]]:
    """Paste cut-outs on a ground. Returns: canvas (float32), instance map, and objects, the ground's first."""
    if generator.random() < settings.photographic_ground:
        ground = draw_photograph(photos, generator, side, settings, centered=False)
    else:
        ground = draw_background(library, generator, side, settings)
    canvas, instances, objects = ground.image.astype(np.float32), ground.instances.copy(), _things(ground)
    placed = draw_arrangement(library, generator, settings, kind)
    blurred = softness(ground.scale)
    softest = max((softness(_scale(library, obj.cutout, obj.side * side)) for obj in placed), default=0.0)
    if softest > blurred and generator.random() < settings.soften_ground:
        canvas, blurred = blur(canvas, np.sqrt(softest**2 - blurred**2)), softest
    for obj in placed:
        rows, columns, alpha = paste(canvas, library.cutout(obj.cutout), obj, blurred, generator, settings)
        objects.append(FilmObject(obj.class_name, obj.cutout, natural=False))
        instances[rows, columns][alpha > 0.5] = len(objects)
    return canvas, instances, objects


def _scale(library: Library, cutout: str, longest_px: float) -> float:
    """Pixels of the frame for one of the cut-out."""
    return longest_px / int(max(library.cutout(cutout).shape[:2]))


def _renumber(instances: np.ndarray, objects: list[FilmObject]) -> tuple[np.ndarray, tuple[FilmObject, ...]]:
    """The map and objects without those of which no pixel is left."""
    present = [number for number in np.unique(instances).tolist() if number not in (0, IGNORED)]
    table = np.zeros(256, np.uint8)
    table[present] = np.arange(1, len(present) + 1)
    table[IGNORED] = IGNORED
    return table[instances], tuple(objects[number - 1] for number in present)
