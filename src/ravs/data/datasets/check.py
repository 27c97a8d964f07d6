"""A data set on disk against what it should be: what is there, and each file that is missing, broken or odd."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ravs.data.datasets.base import BenchmarkSet, Entry
from ravs.data.datasets.check_files import PICKLED, Seen, look_at
from ravs.data.datasets.check_report import Report, count_entries
from ravs.data.datasets.cores import Progress, in_threads
from ravs.data.datasets.problem import Problem
from ravs.data.datasets.unexpected_files import odd_files
from ravs.data.mask_files import IGNORED

GROUP = 32  # files a task: a task for each would cost more than its header
COPY = "copy"  # the kind of a file that repeats a mask
SHORT_S = 0.1  # by so much a sound may end before its last frame's second does: codecs cut at their own blocks

File = tuple[str, Path]  # kind and place


def check_set(dataset: BenchmarkSet, jobs: int = 0, progress: Progress | None = None) -> Report:
    """Look at every file of a set.

    Args:
        jobs: threads; 0: one for each core.
        progress: hears how many groups of files are done, of how many.
    """
    originals = {copy: mask for entry in dataset.entries for copy, mask in dataset.copies(entry)}
    named = {file for entry in dataset.entries for file in dataset.files(entry)}
    files = sorted(named | {(COPY, path) for path in originals})
    groups = [files[first : first + GROUP] for first in range(0, len(files), GROUP)]

    def look(group: list[File]) -> list[Seen]:
        kinds = [("mask" if kind == COPY else kind, path) for kind, path in group]
        return [look_at(kind, path, dataset.inspect_mask, originals.get(path)) for kind, path in kinds]

    seen: dict[File, Seen] = {}
    for group, found in zip(groups, in_threads(look, groups, jobs, progress), strict=True):
        seen.update(zip(group, found, strict=True))
    repeated = [Problem(dataset.root / name, "twice", "in the metadata more than once") for name in dataset.repeated]
    masks = {path: found for (kind, path), found in seen.items() if kind == "mask"}
    problems = [
        *repeated,
        *dataset.faults,
        *_of_entries(dataset, seen),
        *_unlabelled(dataset, masks),
        *dataset.disagreements({path: found.classes for path, found in masks.items()}),
        *odd_files(dataset),
    ]
    counts = count_entries(dataset, masks)
    return Report(dataset.title, dataset.root, dataset.found, counts, tuple(dict.fromkeys(problems)))


def _of_entries(dataset: BenchmarkSet, seen: dict[File, Seen]) -> Iterator[Problem]:
    """What is wrong with each entry's files by themselves, and with one against another."""
    for entry in dataset.entries:
        for kind, path in (*dataset.files(entry), *((COPY, path) for path, _ in dataset.copies(entry))):
            found = seen[kind, path]
            if found.kind == "missing" and kind == "sound":
                yield Problem(path, "missing", _missing_sound(dataset, entry, path))
            elif found.kind:
                yield Problem(path, found.kind, found.fault)
        yield from _sizes(entry, seen)
        yield from _durations(entry, seen, dataset.heard_s(entry))


def _unlabelled(dataset: BenchmarkSet, masks: Mapping[Path, Seen]) -> Iterator[Problem]:
    """The parts whose masks hold nothing but 255."""
    shown: dict[tuple[str, str], set[int]] = {}
    for entry in dataset.entries:
        found = (masks[path].classes for path in entry.masks if path is not None)
        shown.setdefault((entry.subset, entry.split), set()).update(*found)
    for part, classes in shown.items():
        if classes == {IGNORED}:
            yield Problem(
                dataset.root, "value", f"{' '.join(part)}: every mask holds {IGNORED} alone: nothing is labelled"
            )


def _missing_sound(dataset: BenchmarkSet, entry: Entry, path: Path) -> str:
    """What is there instead, and what to do."""
    pickled = path.with_suffix(PICKLED).is_file()
    words = "missing (sound)" if not pickled else "a pickled log-mel is all there is of the sound, and is never loaded"
    video = dataset.raw_video(entry)
    if video is None:
        return f"{words}; the raw video is missing, too: fetch one of them" if pickled else words
    return f"{words}: `ravs datasets extract-audio {dataset.root}` makes the wav from the raw video"


def _sizes(entry: Entry, seen: dict[File, Seen]) -> Iterator[Problem]:
    """Frames that are not as large as the first, and masks that are not as large as their frame."""
    sizes = [seen["frame", path].size for path in entry.frames]
    first = next((size for size in sizes if size), None)
    for path, size in zip(entry.frames, sizes, strict=True):
        if size and size != first:
            yield Problem(path, "size", f"{_shape(size)} pixels; the video's first frame has {_shape(first)}")
    per_mask = sizes if len(sizes) == len(entry.masks) else sizes[:1] * len(entry.masks)
    for mask, wanted in zip(entry.masks, per_mask, strict=True):
        size = seen["mask", mask].size if mask else None
        if mask and size and wanted and size != wanted:
            yield Problem(mask, "size", f"{_shape(size)} pixels; its frame has {_shape(wanted)}")


def _shape(size: tuple[int, int] | None) -> str:
    return "×".join(map(str, size or ()))


def _durations(entry: Entry, seen: dict[File, Seen], wanted_s: int) -> Iterator[Problem]:
    for path, _ in entry.sources:
        lasts_s = seen["sound", path].duration_s
        if lasts_s and lasts_s < wanted_s - SHORT_S:
            yield Problem(path, "short", f"{lasts_s:.2f} s of sound for {wanted_s} s of frames")
