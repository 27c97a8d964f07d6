"""Folds for out-of-fold predictions: whatever was made from one original is in one fold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ravs.data.composition.film.photographs import Photos
from ravs.data.composition.film.sound_material import by_group, group_of
from ravs.data.library.library import Library, LibraryPart
from ravs.errors import InputError

LEAST = 2  # originals of a class, or recordings, that are divided: one is left when the other is left out


def group_folds(
    parts: Mapping[str, Sequence[LibraryPart]], count: int, generator: np.random.Generator
) -> dict[str, int]:
    """The fold of each original, its group's name or its path: each class is spread evenly over the folds.

    Originals of several classes get the fold that the first of them gave. A class begins with the fold that has the
    fewest so far, so that classes with fewer originals than folds do not all lack the last ones.
    """
    folds: dict[str, int] = {}
    for found in parts.values():
        names = [name for name in sorted(by_group(found)) if name not in folds]
        first = int(np.bincount(list(folds.values()), minlength=count).argmin())
        for place, index in enumerate(generator.permutation(len(names))):
            folds[names[index]] = (first + place) % count
    return folds


def recording_folds(library: Library, count: int, generator: np.random.Generator) -> dict[str, int | None]:
    """The fold of each recording by its path; None: each second that is cut from it has a fold of its own.

    A classifier that never heard a class says nothing about how well it is heard. So the recordings of a class with a
    single original are divided one by one, and a single recording not at all.
    """
    many = {name: parts for name, parts in library.sounds.items() if len(by_group(parts)) >= LEAST}
    by_original = group_folds(many, count, generator)
    folds: dict[str, int | None] = {}
    for name, parts in library.sounds.items():
        originals = by_group(parts)
        paths = sorted(path for group in originals.values() for path in group)
        if name in many:
            folds |= {path: by_original[original] for original, group in originals.items() for path in group}
        elif len(paths) >= LEAST:
            first = int(generator.integers(count))
            order = generator.permutation(len(paths))
            folds |= {paths[index]: (first + place) % count for place, index in enumerate(order)}
        else:
            folds |= dict.fromkeys(paths)
    return folds


def image_fold(library: Library, photos: Photos, fold: int, count: int, seed: int) -> tuple[Library, Photos]:
    """A library with the cut-outs of one fold, and its photographs. Backgrounds show nothing: all folds have them.

    A class with fewer originals than folds is missing in some. Equal seeds give folds that share nothing.

    Raises: InputError if there are fewer cut-outs of different originals, or photographs, than folds.
    """
    folds = group_folds(library.cutouts, count, np.random.default_rng(seed))
    kept = {
        name: tuple(part for part in parts if folds[group_of(part)] == fold) for name, parts in library.cutouts.items()
    }
    cutouts, photographs = {name: parts for name, parts in kept.items() if parts}, photos.photographs[fold::count]
    if not cutouts or not photographs:
        raise InputError(
            f"{len(set(folds))} cut-outs of different originals and {len(photos.photographs)} photographs do not fill "
            f"{count} folds: set folds to a smaller number"
        )
    return replace(library, cutouts=cutouts), Photos(photographs)
