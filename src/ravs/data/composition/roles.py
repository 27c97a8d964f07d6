"""Who is in a scene, and which of them sound: the rules of the subsets ss, ms, msmi and negative."""

from collections.abc import Sequence

import numpy as np

from ravs.data.composition.scene import Roles, Scene
from ravs.data.library.library import Library
from ravs.errors import InputError


def draw_classes_and_roles(subset: str, library: Library, generator: np.random.Generator) -> tuple[list[str], Roles]:
    """Classes of the objects of a new scene, and their roles. Classes are drawn uniformly.

    Raises: InputError if the library has too few classes with pictures and sounds for this subset.
    """
    heard = [name for name in library.classes if name in library.cutouts and name in library.sounds]
    seen = list(library.cutouts)
    if len(heard) < (2 if subset == "ms" else 1) or len(seen) < 2:
        raise InputError(f"{len(heard)} classes with pictures and sounds are too few for {subset}: give more classes")
    if subset == "negative":
        names = [pick(seen, generator) for _ in range(generator.integers(1, 4))]
        return names, negative_roles(len(names), generator)
    return {"ss": _draw_ss, "ms": _draw_ms, "msmi": _draw_msmi}[subset](heard, seen, library, generator)


def redraw_roles(scene: Scene, library: Library, generator: np.random.Generator, negative: float = 0.1) -> Roles:
    """Draw anew which objects of a scene sound: under its own subset, or any other whose rules its objects fit.

    Args:
        scene: the pictures, which stay as they are.
        library: says which classes have how many recordings.
        generator: of this draw.
        negative: how often nothing in view sounds.
    """
    names = [thing.class_name for thing in scene.objects]
    able = [i for i, name in enumerate(names) if name in library.classes and name in library.sounds]
    twins = sorted({names[i] for i in able if sum(names[j] == names[i] for j in able) > 1})
    if generator.random() < negative or not able:
        return negative_roles(len(names), generator)
    fitting = ["ss"] + ["ms"] * (len({names[i] for i in able}) > 1) + ["msmi"] * bool(twins)
    own = scene.subset in fitting and generator.random() < 0.5
    subset = scene.subset if own else pick(fitting, generator)
    if subset == "ss":
        return _make_roles(len(names), [able[generator.integers(len(able))]])
    firsts = _one_of_each_class(able, names, generator)
    if subset == "ms":
        return _make_roles(len(names), firsts[: 2 + int(generator.random() < 0.3)])
    twin = pick(twins, generator)
    some = _draw_some([i for i in able if names[i] == twin], len(library.sounds[twin]), generator)
    return _make_roles(len(names), some + [i for i in firsts if names[i] != twin and generator.random() < 0.6])


def negative_roles(count: int, generator: np.random.Generator) -> Roles:
    """Nothing in view sounds: a quarter silent (half of it with faint noise), the rest ambient or off-screen."""
    kind = generator.choice(["silence", "noise", "ambient", "off-screen"], p=[0.125, 0.125, 0.375, 0.375])
    return Roles(sounding=(False,) * count, negative=str(kind))


def pick(names: Sequence[str], generator: np.random.Generator) -> str:
    """One of the names, each equally likely."""
    return names[int(generator.integers(len(names)))]


def _make_roles(count: int, sounding: list[int]) -> Roles:
    return Roles(sounding=tuple(i in sounding for i in range(count)))


def _draw_ss(
    heard: list[str], seen: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """One sounding object, and up to two silent others, of its own class or another."""
    names = [pick(heard, generator)]
    others = [name for name in seen if name != names[0]]
    for _ in range(generator.choice(3, p=[0.30, 0.45, 0.25])):
        names.append(names[0] if generator.random() < 0.3 else pick(others, generator))
    return names, _make_roles(len(names), [0])


def _draw_ms(
    heard: list[str], seen: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """Two or three sounding objects of different classes, and perhaps a silent one of a further class."""
    count = min(len(heard), 2 + int(generator.random() < 0.3))
    names = [heard[i] for i in generator.choice(len(heard), count, replace=False)]
    others = [name for name in seen if name not in names]
    if generator.random() < 0.5 and others:
        names.append(pick(others, generator))
    return names, _make_roles(len(names), list(range(count)))


def _draw_msmi(
    heard: list[str], seen: list[str], library: Library, generator: np.random.Generator
) -> tuple[list[str], Roles]:
    """Two or three objects of one class, all or some sounding, and perhaps one of another class."""
    name = pick(heard, generator)
    count = 2 + int(generator.random() < 0.35)
    names, sounding = [name] * count, _draw_some(list(range(count)), len(library.sounds[name]), generator)
    if generator.random() < 0.45:
        names.append(pick([other for other in seen if other != name], generator))
        if generator.random() < 0.6 and names[-1] in heard:
            sounding.append(count)
    return names, _make_roles(len(names), sounding)


def _draw_some(members: list[int], recordings: int, generator: np.random.Generator) -> list[int]:
    """All of several twins with probability 0.2, else at least one but not all; never more than recordings."""
    every = generator.random() < 0.2
    count = len(members) if every else int(generator.integers(1, len(members)))
    return [members[i] for i in generator.permutation(len(members))[: min(count, recordings)]]


def _one_of_each_class(members: list[int], names: list[str], generator: np.random.Generator) -> list[int]:
    """One object of each class among the members, in random order."""
    chosen: dict[str, int] = {}
    for i in generator.permutation(len(members)):
        chosen.setdefault(names[members[i]], members[i])
    return list(chosen.values())
