"""A data set whose clips are composed in memory from a library as they are read."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ravs.data.composition.clip_plan import plan_clip
from ravs.data.composition.composed_clip import compose_in_memory
from ravs.data.composition.scene import SUBSETS
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import file_stamp, hash_lines
from ravs.structures.clip import LabelledClip


@dataclass(frozen=True, kw_only=True)
class LibraryDataset(AvsDataset):
    """The clips that `ravs compose` writes, without the losses of video and audio encoding."""

    library: Library
    size: int
    draws: dict[str, tuple[str, int, int]] = field(repr=False)  # subset, seed and number by entry name

    def read(self, entry: Entry) -> LabelledClip:
        """As `AvsDataset.read`: composes the clip."""
        return compose_in_memory(plan_clip(self.library, *self.draws[entry.name]), self.library, self.size)

    def stamp(self, entry: Entry) -> str:
        """As `AvsDataset.stamp`: of the library's parts and manifest."""
        return hash_lines([entry.name, self.library.fingerprint, file_stamp(self.root / "manifest.csv")])

    def read_mask(self, path: Path) -> np.ndarray:
        """Raise InputError: there are no files."""
        raise InputError(f"{path}: {self.title}: no mask lies on disk")


def composable_classes(root: Path, split: str, classes: Collection[str]) -> tuple[str, ...]:
    """Those of the classes of which the split of a library has a cut-out and a recording.

    Raises: InputError if there is none, or as `Library.read` does.
    """
    everything = Library.read(root, split, classes="all")
    found = tuple(name for name in classes if everything.cutouts.get(name) and everything.sounds.get(name))
    if not found:
        raise InputError(f"{root}: split {split!r} has a cut-out and a recording of none of the {len(classes)} classes")
    return found


def open_library(
    root: Path, classes: Collection[str], *, split: str, clips: int, seeds: Collection[int], size: int
) -> LibraryDataset:
    """Open a library as a data set of `clips` clips for each subset and seed.

    Args:
        root: folder of the library.
        classes: of objects in the clips, without background; those of which the split has no cut-out or no recording,
            as of classes that a model knows without this library, are left out.
        split: train or val.
        clips: number for each subset and seed.
        seeds: of the data sets; duplicates are ignored.
        size: height and width of the frames.

    Raises: InputError for a count below one, or as `Library.read` does.
    """
    if clips < 1 or not seeds:
        raise InputError(f"{clips} clips of {len(seeds)} seeds: at least one of each is needed")
    if min(seeds) < 0:
        raise InputError(f"a seed is {min(seeds)}; it must not be negative")
    library = Library.read(root, split, classes=composable_classes(root, split, classes))
    known = len(library.classes)
    some_of_them = "" if known == len(classes) else f", {known} of the model's {len(classes)} classes"
    draws = {
        f"seed{seed}/{subset}/{number:03d}": (subset, seed, number)
        for seed in dict.fromkeys(seeds)
        for subset in SUBSETS
        for number in range(clips)
    }
    entries = tuple(
        Entry(name=name, split=split, subset=subset, frames=(), masks=(), sources=())
        for name, (subset, _, _) in draws.items()
    )
    return LibraryDataset(
        title=f"composed from a library at {size} px{some_of_them}",
        root=root,
        classes=("background", *library.classes),
        entries=entries,
        library=library,
        size=size,
        draws=draws,
    )
