"""A data set on disk against what it should be: what is there, and each file that is missing, broken or odd."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry, Problem
from ravs.data.datasets.check_files import PICKLE_SUFFIX, InspectedFile, inspect_file
from ravs.data.datasets.check_report import CheckReport, count_entries
from ravs.data.datasets.unexpected_files import find_unexpected_files
from ravs.parallel import ProgressFunction, map_in_threads

GROUP = 32  # files a task: a task for each would cost more than its header
COPY = "copy"  # the kind of a file that repeats a mask
DURATION_TOLERANCE_S = (
    0.1  # by so much a sound may end before its last frame's second does: codecs cut at their own blocks
)

File = tuple[str, Path]  # kind and place


def check_dataset(dataset: AvsDataset, jobs: int = 0, progress: ProgressFunction | None = None) -> CheckReport:
    """Look at every file of a set.

    Args:
        jobs: threads; 0: one for each core.
        progress: hears how many groups of files are done, of how many.
    """
    originals = {copy: mask for entry in dataset.entries for copy, mask in dataset.copies(entry)}
    named = {file for entry in dataset.entries for file in dataset.files(entry)}
    files = sorted(named | {(COPY, path) for path in originals})
    groups = [files[first : first + GROUP] for first in range(0, len(files), GROUP)]

    def look(group: list[File]) -> list[InspectedFile]:
        kinds = [("mask" if kind == COPY else kind, path) for kind, path in group]
        return [inspect_file(kind, path, dataset.inspect_mask, originals.get(path)) for kind, path in kinds]

    seen: dict[File, InspectedFile] = {}
    for group, found in zip(groups, map_in_threads(look, groups, jobs, progress), strict=True):
        seen.update(zip(group, found, strict=True))
    repeated = [Problem(dataset.root / name, "twice", "in the metadata more than once") for name in dataset.repeated]
    masks = {path: found for (kind, path), found in seen.items() if kind == "mask"}
    problems = [
        *repeated,
        *dataset.faults,
        *_entry_problems(dataset, seen),
        *_unlabelled_parts(dataset, masks),
        *dataset.disagreements({path: found.classes for path, found in masks.items()}),
        *find_unexpected_files(dataset),
    ]
    counts = count_entries(dataset, masks)
    return CheckReport(dataset.title, dataset.root, dataset.found, counts, tuple(dict.fromkeys(problems)))


def _entry_problems(dataset: AvsDataset, seen: dict[File, InspectedFile]) -> Iterator[Problem]:
    """What is wrong with each entry's files by themselves, and with one against another."""
    for entry in dataset.entries:
        for kind, path in (*dataset.files(entry), *((COPY, path) for path, _ in dataset.copies(entry))):
            found = seen[kind, path]
            if found.kind == "missing" and kind == "sound":
                yield Problem(path, "missing", _missing_sound(dataset, entry, path))
            elif found.kind:
                yield Problem(path, found.kind, found.fault)
        yield from _size_problems(entry, seen)
        yield from _duration_problems(entry, seen, dataset.heard_s(entry))


def _unlabelled_parts(dataset: AvsDataset, masks: Mapping[Path, InspectedFile]) -> Iterator[Problem]:
    """The parts whose masks hold nothing but 255."""
    shown: dict[tuple[str, str], set[int]] = {}
    for entry in dataset.entries:
        found = (masks[path].classes for path in entry.masks if path is not None)
        shown.setdefault((entry.subset, entry.split), set()).update(*found)
    for part, classes in shown.items():
        if classes == {IGNORE_INDEX}:
            yield Problem(
                dataset.root, "value", f"{' '.join(part)}: every mask holds {IGNORE_INDEX} alone: nothing is labelled"
            )


def _missing_sound(dataset: AvsDataset, entry: Entry, path: Path) -> str:
    """What is there instead, and what to do."""
    pickled = path.with_suffix(PICKLE_SUFFIX).is_file()
    words = "missing (sound)" if not pickled else "a pickled log-mel is all there is of the sound, and is never loaded"
    video = dataset.raw_video(entry)
    if video is None:
        return f"{words}; the raw video is missing, too: fetch one of them" if pickled else words
    return f"{words}: `ravs datasets extract-audio {dataset.root}` makes the wav from the raw video"


def _size_problems(entry: Entry, seen: dict[File, InspectedFile]) -> Iterator[Problem]:
    """Frames that are not as large as the first, and masks that are not as large as their frame."""
    sizes = [seen["frame", path].size for path in entry.frames]
    first = next((size for size in sizes if size), None)
    for path, size in zip(entry.frames, sizes, strict=True):
        if size and size != first:
            yield Problem(
                path, "size", f"{_format_size(size)} pixels; the video's first frame has {_format_size(first)}"
            )
    per_mask = sizes if len(sizes) == len(entry.masks) else sizes[:1] * len(entry.masks)
    for mask, wanted in zip(entry.masks, per_mask, strict=True):
        size = seen["mask", mask].size if mask else None
        if mask and size and wanted and size != wanted:
            yield Problem(mask, "size", f"{_format_size(size)} pixels; its frame has {_format_size(wanted)}")


def _format_size(size: tuple[int, int] | None) -> str:
    return "×".join(map(str, size or ()))


def _duration_problems(entry: Entry, seen: dict[File, InspectedFile], wanted_s: int) -> Iterator[Problem]:
    for path, _ in entry.sources:
        lasts_s = seen["sound", path].duration_s
        if lasts_s and lasts_s < wanted_s - DURATION_TOLERANCE_S:
            yield Problem(path, "short", f"{lasts_s:.2f} s of sound for {wanted_s} s of frames")
