"""Draw the classes of a scene and which objects sound: the rules of the subsets ss, ms, msmi and negative."""

from collections.abc import Sequence

import numpy as np

from ravs.data.composition.scene import Roles, Scene
from ravs.data.library.library import Library
from ravs.errors import InputError


def draw_classes_and_roles(subset: str, library: Library, generator: np.random.Generator) -> tuple[list[str], Roles]:
    """Draw the classes, uniformly, and the roles of the objects of a new scene.

    Raises: InputError if the library has too few classes with cut-outs and sounds for this subset.
    """
    audible = [name for name in library.classes if name in library.cutouts and name in library.sounds]
    visible = list(library.cutouts)
    if len(audible) < (2 if subset == "ms" else 1) or len(visible) < 2:
        raise InputError(f"{len(audible)} classes with cut-outs and sounds are too few for {subset}: give more classes")
    if subset == "negative":
        names = [pick(visible, generator) for _ in range(generator.integers(1, 4))]
        return names, negative_roles(len(names), generator)
    return {"ss": _draw_ss, "ms": _draw_ms, "msmi": _draw_msmi}[subset](audible, visible, library, generator)


def redraw_roles(scene: Scene, library: Library, generator: np.random.Generator, negative: float = 0.1) -> Roles:
    """Draw again which objects of a scene sound: by the rules of its subset, or of another that its objects fit.

    Args:
        scene: its objects, which are not changed.
        library: the recordings of each class.
        generator: of this draw.
        negative: probability that nothing in view sounds.
    """
    names = [obj.class_name for obj in scene.objects]
    candidates = [i for i, name in enumerate(names) if name in library.classes and name in library.sounds]
    repeated_names = sorted({names[i] for i in candidates if sum(names[j] == names[i] for j in candidates) > 1})
    if generator.random() < negative or not candidates:
        return negative_roles(len(names), generator)
    fitting = ["ss"] + ["ms"] * (len({names[i] for i in candidates}) > 1) + ["msmi"] * bool(repeated_names)
    own = scene.subset in fitting and generator.random() < 0.5
    subset = scene.subset if own else pick(fitting, generator)
    if subset == "ss":
        return _make_roles(len(names), [candidates[generator.integers(len(candidates))]])
    firsts = _one_of_each_class(candidates, names, generator)
    if subset == "ms":
        return _make_roles(len(names), firsts[: 2 + int(generator.random() < 0.3)])
    repeated = pick(repeated_names, generator)
    sounding = _draw_some([i for i in candidates if names[i] == repeated], len(library.sounds[repeated]), generator)
    return _make_roles(len(names), sounding + [i for i in firsts if names[i] != repeated and generator.random() < 0.6])


def negative_roles(count: int, generator: np.random.Generator) -> Roles:
    """Roles of a negative: a quarter silence (half of it faint noise), the rest ambient or off-screen audio."""
    kind = generator.choice(["silence", "noise", "ambient", "off-screen"], p=[0.125, 0.125, 0.375, 0.375])
    return Roles(sounding=(False,) * count, negative=str(kind))


def pick(names: Sequence[str], generator: np.random.Generator) -> str:
    """Draw one of the names uniformly."""
    return names[int(generator.integers(len(names)))]


def _make_roles(count: int, sounding: list[int]) -> Roles:
    return Roles(sounding=tuple(i in sounding for i in range(count)))


def _draw_ss(
    audible: list[str], visible: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """One sounding object, and up to two silent ones, of its class or others."""
    names = [pick(audible, generator)]
    others = [name for name in visible if name != names[0]]
    for _ in range(generator.choice(3, p=[0.30, 0.45, 0.25])):
        names.append(names[0] if generator.random() < 0.3 else pick(others, generator))
    return names, _make_roles(len(names), [0])


def _draw_ms(
    audible: list[str], visible: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """Two or three sounding objects of different classes, and perhaps a silent one of another class."""
    count = min(len(audible), 2 + int(generator.random() < 0.3))
    names = [audible[i] for i in generator.choice(len(audible), count, replace=False)]
    others = [name for name in visible if name not in names]
    if generator.random() < 0.5 and others:
        names.append(pick(others, generator))
    return names, _make_roles(len(names), list(range(count)))


def _draw_msmi(
    audible: list[str], visible: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """Two or three objects of one class, all or some sounding, and perhaps one of another class."""
    name = pick(audible, generator)
    count = 2 + int(generator.random() < 0.35)
    names, sounding = [name] * count, _draw_some(list(range(count)), len(library.sounds[name]), generator)
    if generator.random() < 0.45:
        names.append(pick([other for other in visible if other != name], generator))
        if generator.random() < 0.6 and names[-1] in audible:
            sounding.append(count)
    return names, _make_roles(len(names), sounding)


def _draw_some(members: list[int], recordings: int, generator: np.random.Generator) -> list[int]:
    """All members with probability 0.2, else at least one but not all; never more than there are recordings."""
    choose_all = generator.random() < 0.2
    count = len(members) if choose_all else int(generator.integers(1, len(members)))
    return [members[i] for i in generator.permutation(len(members))[: min(count, recordings)]]


def _one_of_each_class(members: list[int], names: list[str], generator: np.random.Generator) -> list[int]:
    """One object of each class among the members, in random order."""
    chosen: dict[str, int] = {}
    for i in generator.permutation(len(members)):
        chosen.setdefault(names[members[i]], members[i])
    return list(chosen.values())
