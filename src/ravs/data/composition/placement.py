"""Draw a scene: positions, sizes and motion of its objects, so that each of them is visible."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from ravs.data.composition.render import scale_cutout, visible_shares
from ravs.data.composition.roles import draw_classes_and_roles, pick
from ravs.data.composition.scene import SUBSETS, Backdrop, PlacedObject, Roles, Scene
from ravs.data.library.library import Library
from ravs.errors import InputError

MIN_DISTANCE = (0.0, 0.0, 0.30, 0.22, 0.17)  # between the centers of neighbors, by number of objects
SIDE_RANGES = ((0.0, 0.0), (0.40, 0.75), (0.30, 0.55), (0.25, 0.45), (0.22, 0.38))  # longest side, by number of objects
MIN_INSIDE = 0.60
MIN_UNCOVERED = 0.55
CHECK_TIMES_S = (0.0, 2.48, 4.96)  # first, middle and last frame
CHECK_SIDE = 64  # frames of any size show the same scene, so one size is checked
MAX_TRIES = 60


def clip_generator(seed: int, subset: str, number: int) -> np.random.Generator:
    """The random generator of one clip, independent of all others. Raises: InputError for an unknown subset."""
    if subset not in SUBSETS:
        raise InputError(f"no subset {subset!r}; subsets are {', '.join(SUBSETS)}")
    return np.random.default_rng([seed, SUBSETS[subset], number])


def draw_scene(subset: str, library: Library, generator: np.random.Generator) -> Scene:
    """Draw a scene of a subset: classes, roles, positions, motion, background, grain and JPEG quality.

    Positions are drawn again with smaller objects until each is visible; the last try is taken as it is.
    """
    names, roles = draw_classes_and_roles(subset, library, generator)
    cutouts = _choose_cutouts(names, library, generator)
    backdrop = _draw_backdrop(library, generator)
    camera: dict[str, Any] = {
        "grain": float(generator.uniform(0, 4)),
        "jpeg_quality": int(generator.integers(55, 95)),
        "grain_seed": int(generator.integers(2**31)),
    }
    for attempt in range(MAX_TRIES):
        objects = _place_objects(names, cutouts, library, generator, 0.97**attempt)
        scene = Scene(subset=subset, objects=objects, backdrop=backdrop, roles=roles, **camera)
        scene = _sort_by_depth(scene, library)
        if _all_visible(scene, library):
            break
    return scene


def _choose_cutouts(names: list[str], library: Library, generator: np.random.Generator) -> list[str]:
    """A cut-out for each object; objects of one class get different ones while there are enough."""
    chosen: list[str] = []
    for name in names:
        paths = [part.path for part in library.cutouts[name]]
        unused = [path for path in paths if path not in chosen]
        chosen.append(pick(unused or paths, generator))
    return chosen


def _draw_backdrop(library: Library, generator: np.random.Generator) -> Backdrop:
    if not library.backgrounds:
        raise InputError("the library has no background of this split and licence: take another split or licence")
    pan = generator.uniform(-0.06, 0.06, 2) * (generator.random() < 0.6)
    return Backdrop(
        path=pick([part.path for part in library.backgrounds], generator),
        scale=float(generator.uniform(1.06, 1.3)),
        at=(float(generator.random()), float(generator.random())),
        pan=(float(pan[0]), float(pan[1])),
        mirrored=bool(generator.random() < 0.5),
        brightness=float(generator.uniform(0.75, 1.1)),
    )


def _place_objects(
    names: list[str], cutouts: list[str], library: Library, generator: np.random.Generator, shrink: float
) -> tuple[PlacedObject, ...]:
    """Draw objects with random positions, sizes and motions."""
    count = len(names)
    centers = generator.uniform(0.14, 0.86, count)
    while count > 1 and min(b - a for a, b in pairwise(sorted(centers))) < MIN_DISTANCE[count]:
        centers = generator.uniform(0.14, 0.86, count)
    return tuple(
        PlacedObject(
            class_name=name,
            class_index=library.index_of(name),
            cutout=cutout,
            side=float(generator.uniform(*SIDE_RANGES[count])) * shrink,
            x=float(x),
            y=float(generator.uniform(0.38, 0.75)),
            **_draw_appearance(generator),
        )
        for name, cutout, x in zip(names, cutouts, centers, strict=True)
    )


def _draw_appearance(generator: np.random.Generator) -> dict[str, Any]:
    """Motion, mirroring, tilt and brightness of an object."""
    drift = generator.uniform(-0.05, 0.05, 2) * (generator.random() < 0.7)
    brightness = generator.uniform(0.8, 1.2) * generator.uniform(0.93, 1.07, 3)
    return {
        "drift": (float(drift[0]), float(drift[1])),
        "sway": float(generator.uniform(0, 0.015)),
        "sway_hz": float(generator.uniform(0.3, 1.2)),
        "sway_phase": float(generator.random()),
        "mirrored": bool(generator.random() < 0.5),
        "tilt_degrees": float(generator.normal(0, 5)),
        "brightness": tuple(float(value) for value in brightness),
    }


def _sort_by_depth(scene: Scene, library: Library) -> Scene:
    """The scene with its objects, and their roles, sorted by lower edge: the nearest is drawn last."""

    def lower_edge(i: int) -> float:
        height, width = library.cutout(scene.objects[i].cutout).shape[:2]
        return scene.objects[i].y + float(scene.objects[i].side * height / max(height, width) / 2)

    order = sorted(range(len(scene.objects)), key=lower_edge)
    sounding = tuple(scene.roles.sounding[i] for i in order)
    roles = Roles(sounding=sounding, negative=scene.roles.negative)
    return replace(scene, objects=tuple(scene.objects[i] for i in order), roles=roles)


def _all_visible(scene: Scene, library: Library) -> bool:
    """Whether enough of each object is inside the frame and uncovered, in the first, middle and last frame."""
    alphas = []
    for obj in scene.objects:
        small = scale_cutout(library.cutout(obj.cutout), obj, CHECK_SIDE)
        alphas.append(np.ascontiguousarray(small[..., 3]))
    shares = visible_shares(alphas, scene, CHECK_TIMES_S, CHECK_SIDE)
    return all(inside >= MIN_INSIDE and uncovered >= MIN_UNCOVERED for inside, uncovered in shares)
