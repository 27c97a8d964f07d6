"""Check a data set on disk: count its parts, and find files that are missing, damaged or unexpected."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry, Problem
from ravs.data.datasets.check_files import PICKLE_SUFFIX, InspectedFile, inspect_file
from ravs.data.datasets.check_report import CheckReport, count_entries
from ravs.data.datasets.unexpected_files import find_unexpected_files
from ravs.parallel import ProgressFunction, map_in_threads

GROUP = 32  # files per task, since starting a task costs more than reading a header
COPY = "copy"  # the kind of files that duplicate a mask
DURATION_TOLERANCE_S = 0.1  # audio may end before the last frame's second, since codecs cut at block boundaries

File = tuple[str, Path]  # kind and path


def check_dataset(dataset: AvsDataset, jobs: int = 0, progress: ProgressFunction | None = None) -> CheckReport:
    """Check every file of a data set.

    Args:
        jobs: threads; 0: one for each core.
        progress: called with the number of groups of files done, and of all groups.
    """
    originals = {copy: mask for entry in dataset.entries for copy, mask in dataset.copies(entry)}
    named = {file for entry in dataset.entries for file in dataset.files(entry)}
    files = sorted(named | {(COPY, path) for path in originals})
    groups = [files[first : first + GROUP] for first in range(0, len(files), GROUP)]

    def inspect(group: list[File]) -> list[InspectedFile]:
        kinds = [("mask" if kind == COPY else kind, path) for kind, path in group]
        return [inspect_file(kind, path, dataset.inspect_mask, originals.get(path)) for kind, path in kinds]

    inspected: dict[File, InspectedFile] = {}
    for group, found in zip(groups, map_in_threads(inspect, groups, jobs, progress), strict=True):
        inspected.update(zip(group, found, strict=True))
    duplicates = [
        Problem(dataset.root / name, "twice", "in the metadata more than once") for name in dataset.duplicate_names
    ]
    masks = {path: found for (kind, path), found in inspected.items() if kind == "mask"}
    problems = [
        *duplicates,
        *dataset.metadata_problems,
        *_entry_problems(dataset, inspected),
        *_unlabelled_parts(dataset, masks),
        *dataset.disagreements({path: found.classes for path, found in masks.items()}),
        *find_unexpected_files(dataset),
    ]
    counts = count_entries(dataset, masks)
    return CheckReport(dataset.title, dataset.root, dataset.notes, counts, tuple(dict.fromkeys(problems)))


def _entry_problems(dataset: AvsDataset, inspected: dict[File, InspectedFile]) -> Iterator[Problem]:
    """Problems of each entry's files, by themselves and compared with each other."""
    for entry in dataset.entries:
        for kind, path in (*dataset.files(entry), *((COPY, path) for path, _ in dataset.copies(entry))):
            found = inspected[kind, path]
            if found.kind == "missing" and kind == "sound":
                yield Problem(path, "missing", _missing_audio(dataset, entry, path))
            elif found.kind:
                yield Problem(path, found.kind, found.fault)
        yield from _size_problems(entry, inspected)
        yield from _duration_problems(entry, inspected, dataset.recording_s(entry))


def _unlabelled_parts(dataset: AvsDataset, masks: Mapping[Path, InspectedFile]) -> Iterator[Problem]:
    """A problem for each subset and split in which every mask is all 255."""
    classes_by_part: dict[tuple[str, str], set[int]] = {}
    for entry in dataset.entries:
        found = (masks[path].classes for path in entry.masks if path is not None)
        classes_by_part.setdefault((entry.subset, entry.split), set()).update(*found)
    for part, classes in classes_by_part.items():
        if classes == {IGNORE_INDEX}:
            text = f"{' '.join(part)}: every mask holds {IGNORE_INDEX} alone: nothing is labelled"
            yield Problem(dataset.root, "value", text)


def _missing_audio(dataset: AvsDataset, entry: Entry, path: Path) -> str:
    """The message for missing audio: what exists instead, and what to do."""
    pickled = path.with_suffix(PICKLE_SUFFIX).is_file()
    message = "the only audio is a pickled log-mel, which is never loaded" if pickled else "missing (sound)"
    video = dataset.raw_video(entry)
    if video is None:
        return f"{message}; the raw video is missing, too: fetch one of them" if pickled else message
    return f"{message}: `ravs datasets extract-audio {dataset.root}` makes the wav from the raw video"


def _size_problems(entry: Entry, inspected: dict[File, InspectedFile]) -> Iterator[Problem]:
    """Problems of frames with another size than the first, and of masks with another size than their frame."""
    sizes = [inspected["frame", path].size for path in entry.frames]
    first = next((size for size in sizes if size), None)
    for path, size in zip(entry.frames, sizes, strict=True):
        if size and size != first:
            text = f"{_format_size(size)} pixels; the video's first frame has {_format_size(first)}"
            yield Problem(path, "size", text)
    per_mask = sizes if len(sizes) == len(entry.masks) else sizes[:1] * len(entry.masks)
    for mask, wanted in zip(entry.masks, per_mask, strict=True):
        size = inspected["mask", mask].size if mask else None
        if mask and size and wanted and size != wanted:
            yield Problem(mask, "size", f"{_format_size(size)} pixels; its frame has {_format_size(wanted)}")


def _format_size(size: tuple[int, int] | None) -> str:
    return "×".join(map(str, size or ()))


def _duration_problems(entry: Entry, inspected: dict[File, InspectedFile], wanted_s: int) -> Iterator[Problem]:
    for path, _ in entry.sources:
        duration_s = inspected["sound", path].duration_s
        if duration_s and duration_s < wanted_s - DURATION_TOLERANCE_S:
            yield Problem(path, "short", f"{duration_s:.2f} s of sound for {wanted_s} s of frames")
