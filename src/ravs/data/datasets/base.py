"""The data set base class: entries, their files, and what every format has in common."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import UInt8

from ravs.data.mask_files import Labels
from ravs.errors import InputError
from ravs.files import file_stamp, hash_lines
from ravs.structures.clip import LabelledClip

BINARY_CLASSES = ("background", "sounding")  # of data sets with binary masks


class Problem(NamedTuple):
    """Something wrong with a data set: where, of what kind, and in words."""

    path: Path
    kind: str  # missing, empty, truncated, value, size, short, twice, odd or metadata
    text: str

    def __str__(self) -> str:
        """One line of a report."""
        return f"{self.path}: {self.text}"


class AudioSource(NamedTuple):
    """An audio recording of an entry. Where an entry has several, they are summed."""

    path: Path
    position: float | None = None  # in the stereo image: 0 left, 1 right; None: as recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """The files of one video, or of one image with its audio. No file has been opened."""

    name: str  # unique in its data set, with forward slashes
    split: str  # train, val or test
    subset: str  # as the data set names it: s4, ms3, v1s, VPO-SS, ss …
    frames: tuple[Path, ...]  # one image for each second, or one video with all of them
    masks: tuple[Path | None, ...]  # one for each second; None: not labelled
    sources: tuple[AudioSource, ...]
    sounding: tuple[str, ...] = ()  # classes named by the metadata; empty where none are


@dataclass(frozen=True, kw_only=True)
class AvsDataset(ABC):
    """A data set: its entries, and how to read one of them. Each format is a subclass."""

    title: str
    root: Path
    classes: tuple[str, ...]  # background first; masks hold indices into them
    entries: tuple[Entry, ...]
    published: Mapping[tuple[str, str], int] = field(default_factory=dict)  # number of videos by (subset, split)
    duplicate_names: tuple[str, ...] = ()  # names listed more than once; each is one entry
    metadata_problems: tuple[Problem, ...] = ()  # problems of the metadata that do not prevent reading
    notes: tuple[str, ...] = ()  # lines for the report: how the files are stored

    unknown_folder_hint: ClassVar[str] = ""  # added to the report of an unexpected folder
    has_metadata_order: ClassVar[bool] = False  # whether entries have the order of the metadata
    subsets_are_datasets: ClassVar[bool] = False  # whether each subset is scored by itself

    @property
    def binary(self) -> bool:
        """Whether masks hold no classes, only sounding and silent."""
        return self.classes == BINARY_CLASSES

    def select(self, split: str | None = None, subset: str | None = None) -> tuple[Entry, ...]:
        """The entries of a split and a subset, sorted by name. Raises InputError if there are none."""
        found = [entry for entry in self.entries if split in (None, entry.split) and subset in (None, entry.subset)]
        if not found:
            available = sorted({f"{entry.subset} {entry.split}" for entry in self.entries})
            wanted = " ".join(word for word in (subset, split) if word)
            raise InputError(f"{self.root}: {self.title} has nothing of {wanted!r}; it has {', '.join(available)}")
        return tuple(sorted(found, key=lambda entry: entry.name))

    def in_order(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """The entries in the order of the metadata, as published test loaders read them; else sorted by name."""
        listed = self.entries if self.has_metadata_order else ()
        positions = {entry.name: position for position, entry in enumerate(listed)}
        return tuple(sorted(entries, key=lambda entry: (positions.get(entry.name, 0), entry.name)))

    @abstractmethod
    def read(self, entry: Entry) -> LabelledClip:
        """The frames, audio and masks of an entry; masks are 255 where the class is unknown.

        Raises: InputError or DecodeError that names the file that is missing or wrong.
        """

    def read_part(self, entry: Entry, first: int, seconds: int) -> LabelledClip:
        """`seconds` seconds of an entry, starting with second `first`. Raises: as `read`."""
        return self.read(entry).part(first, seconds)

    @abstractmethod
    def read_mask(self, path: Path) -> Labels:
        """The class indices of one mask (height, width; uint8), 255 where the class is unknown.

        Raises: InputError for a value or color that is no class; InputError or DecodeError that names the file.
        """

    def mask_values(self) -> UInt8[np.ndarray, "256"]:
        """The value in mask files of each class index (256 values): 0 and 255 in binary sets."""
        values = np.arange(256, dtype=np.uint8)
        return values * np.uint8(255) if self.binary else values

    def inspect_mask(self, path: Path) -> tuple[Labels, str]:
        """As `read_mask`, and a message if the mask has suspicious values; empty if not."""
        return self.read_mask(path), ""

    def disagreements(self, classes_in_masks: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """Problems where the metadata and the class indices in the masks (by path) disagree."""
        yield from ()

    def look_alike(self, entry: Entry) -> tuple[bool, ...]:
        """`LabelledClip.look_alike` of the entry, without reading its files; empty: unknown."""
        return ()

    def files(self, entry: Entry) -> Iterator[tuple[str, Path]]:
        """The files of an entry, each with its kind: frame, mask or sound."""
        yield from (("frame", path) for path in entry.frames)
        yield from (("mask", path) for path in entry.masks if path is not None)
        yield from (("sound", source.path) for source in entry.sources)

    def copies(self, entry: Entry) -> Iterator[tuple[Path, Path]]:
        """Files that duplicate a mask of the entry and are not read, each with that mask."""
        yield from ()

    def exclusive_folders(self) -> Iterator[Path]:
        """Folders, none inside another, that should hold only files of the entries and known companions."""
        yield from ()

    def is_companion(self, name: str) -> bool:
        """Whether a file or folder of this name is expected beside the entries' files, though no entry uses it."""
        return False

    def stamp(self, entry: Entry) -> str:
        """A hash that changes when a file of the entry does."""
        return hash_lines([entry.name, *(file_stamp(path) for _, path in self.files(entry))])

    def wav_of(self, entry: Entry) -> Path | None:
        """The path of the entry's wav file in this format, existing or not; None: the format has none."""
        return None

    def recording_s(self, entry: Entry) -> int:
        """The expected length of each recording of an entry, in seconds."""
        return len(entry.masks)

    def video_of(self, entry: Entry) -> Path | None:
        """The path of the source video in this format, existing or not; None: the format has none."""
        return None

    def raw_video(self, entry: Entry) -> Path | None:
        """The source video, if it exists and a wav file can be extracted from it."""
        video = self.video_of(entry)
        return video if video is not None and self.wav_of(entry) and video.is_file() else None


def unique_entries(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries without duplicate names (the last one counts), and the names that were duplicated."""
    listed = list(entries)
    counts = Counter(entry.name for entry in listed)
    return tuple({entry.name: entry for entry in listed}.values()), tuple(name for name in counts if counts[name] > 1)
