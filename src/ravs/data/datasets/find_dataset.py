"""Find and open the data set in a folder, recognized by its files."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ravs.data.datasets.avsbench_object import MS3_METADATA, S4_METADATA, open_avsbench_object
from ravs.data.datasets.avsbench_semantic import BINARY_SUBSETS, open_avsbench_semantic
from ravs.data.datasets.avsbench_semantic import METADATA_FILES as SEMANTIC_TABLES
from ravs.data.datasets.avsbench_semantic_files import unsupported_layouts
from ravs.data.datasets.base import AvsDataset
from ravs.data.datasets.metadata import find_folders_with
from ravs.data.datasets.vpo import VPO_METADATA_FILES, open_vpo
from ravs.errors import InputError, NoMatchError

COMPOSED = "composed.json"
OPENERS: dict[str, Callable[[Path], AvsDataset]] = {
    S4_METADATA: open_avsbench_object,
    MS3_METADATA: open_avsbench_object,
    **dict.fromkeys(SEMANTIC_TABLES, open_avsbench_semantic),
    **dict.fromkeys(VPO_METADATA_FILES.values(), open_vpo),
}


def find_dataset(root: Path, subset: str | None = None, *, mono: bool = False) -> AvsDataset:
    """Open the data set in a folder, or up to two levels below it.

    Args:
        root: the folder.
        subset: one subset, in any case: s4, ms3, v1s, v1m, v2, VPO-SS … Of AVSBench-semantic also s4 and ms3, which
            are v1s and v1m with binary masks.
        mono: sum VPO's recordings instead of panning them to the positions of their objects.

    Raises:
        NoMatchError: there is no such folder. InputError: it contains no known data set, several, or no such subset;
            or the metadata do not fit.
    """
    if not root.is_dir():
        raise NoMatchError(f"{root}: no such folder; give the one that holds a data set")
    found = sorted(set(find_folders_with(root, (COMPOSED, *OPENERS))))
    openers = {opener_for(marker) for marker, _ in found}
    if not found:
        for message in unsupported_layouts(root):
            raise InputError(message)
        raise InputError(f"{root}: holds no data set; looked for {', '.join((COMPOSED, *OPENERS))}")
    if len(openers) > 1 or len({marker for marker, _ in found}) < len(found):
        folders = ", ".join(str(folder) for folder in sorted({folder for _, folder in found}))
        raise InputError(f"{root}: holds several data sets; name one of {folders}")
    (opener,) = openers
    if mono:
        if opener is not open_vpo:
            raise InputError(f"{root}: mono is a form of VPO alone, and this is another data set")
        opener = partial(open_vpo, stereo=False)
    if opener is open_avsbench_semantic and subset is not None and subset.lower() in BINARY_SUBSETS.values():
        return _select_subset(open_avsbench_semantic(root, binary=True), subset)
    opened = opener(found[0][1] if found[0][0] == COMPOSED else root)
    return opened if subset is None else _select_subset(opened, subset)


def is_library(root: Path) -> bool:
    """Whether a folder is a library, from which clips are composed."""
    return (root / "manifest.csv").is_file() and (root / "classes.csv").is_file()


def opener_for(marker: str) -> Callable[[Path], AvsDataset]:
    """The function that opens data sets with this file."""
    if marker == COMPOSED:
        from ravs.data.datasets.composed_dataset import open_composed  # imported here: it needs the composer and OpenCV

        return open_composed
    return OPENERS[marker]


def _select_subset(found: AvsDataset, subset: str) -> AvsDataset:
    """The data set reduced to one subset."""
    names = sorted({entry.subset for entry in found.entries})
    wanted = next((name for name in names if name.lower() == subset.lower()), None)
    if wanted is None:
        raise InputError(f"{found.root}: {found.title} has no subset {subset!r}; it has {', '.join(names)}")
    return replace(
        found,
        entries=found.in_order(found.select(subset=wanted)),
        published={key: count for key, count in found.published.items() if key[0] == wanted},
    )
