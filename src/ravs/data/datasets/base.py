"""A set of labelled videos on disk: what every format has in common once its files are found."""

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

BINARY_CLASSES = ("background", "sounding")  # the classes of a binary set


class Problem(NamedTuple):
    """Something wrong with a data set: where, of what kind, and in words."""

    path: Path
    kind: str  # missing, empty, truncated, value, size, short, twice, odd or metadata
    text: str

    def __str__(self) -> str:
        """One line of a report."""
        return f"{self.path}: {self.text}"


class AudioSource(NamedTuple):
    """A recording that is heard in a clip; several are summed."""

    path: Path
    position: float | None = None  # where it is heard: 0 left, 1 right; None as it was recorded


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One video of a set, or one picture with its sound: where its parts lie. Nothing has been opened."""

    name: str  # unique in its set, with forward slashes
    split: str  # train, val or test
    subset: str  # as the set names it: s4, ms3, v1s, VPO-SS, ss …
    frames: tuple[Path, ...]  # a picture for each second; or one video that holds them all
    masks: tuple[Path | None, ...]  # for each second; None: not labelled
    sources: tuple[AudioSource, ...]
    sounding: tuple[str, ...] = ()  # classes that the metadata name; empty where they name none


@dataclass(frozen=True, kw_only=True)
class AvsDataset(ABC):
    """A data set: its entries, and how one of them is read. Each format is a subclass."""

    title: str
    root: Path
    classes: tuple[str, ...]  # with background first: a mask holds indices into them
    entries: tuple[Entry, ...]
    published: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (subset, split): videos, as published
    repeated: tuple[str, ...] = ()  # names that the metadata have more than once; one entry each all the same
    faults: tuple[Problem, ...] = ()  # what is wrong with the metadata, and was read all the same
    found: tuple[str, ...] = ()  # how the files were found to be, in lines for people

    nameless: ClassVar[str] = ""  # what to add of a folder that nothing names
    has_table: ClassVar[bool] = False  # whether the entries stand in the order of a table of the set
    apart: ClassVar[bool] = False  # whether its subsets are sets by themselves, with figures of their own

    @property
    def binary(self) -> bool:
        """Whether masks tell sounding from silent, and nothing more."""
        return self.classes == BINARY_CLASSES

    def select(self, split: str | None = None, subset: str | None = None) -> tuple[Entry, ...]:
        """The entries of a split and a subset, in the order of their names. Raises InputError where there are none."""
        found = [entry for entry in self.entries if split in (None, entry.split) and subset in (None, entry.subset)]
        if not found:
            there = sorted({f"{entry.subset} {entry.split}" for entry in self.entries})
            wanted = " ".join(word for word in (subset, split) if word)
            raise InputError(f"{self.root}: {self.title} has nothing of {wanted!r}; it has {', '.join(there)}")
        return tuple(sorted(found, key=lambda entry: entry.name))

    def as_listed(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """In the order of the set's table, which published test loaders keep; by name where there is no table."""
        places = {entry.name: place for place, entry in enumerate(self.entries)} if self.has_table else {}
        return tuple(sorted(entries, key=lambda entry: (places.get(entry.name, 0), entry.name)))

    @abstractmethod
    def read(self, entry: Entry) -> LabelledClip:
        """The pictures, sound and truth of an entry; 255 where the truth is not known.

        Raises: InputError or DecodeError that names the file which is missing or does not fit.
        """

    def read_part(self, entry: Entry, first: int, seconds: int) -> LabelledClip:
        """So many seconds of an entry from this one on. Raises: as `read`."""
        return self.read(entry).part(first, seconds)

    @abstractmethod
    def read_mask(self, path: Path) -> Labels:
        """The class indices of one mask (height, width; uint8), 255 where the truth is not known.

        Raises: InputError for a value or colour that is no class; InputError or DecodeError that names the file.
        """

    def mask_values(self) -> UInt8[np.ndarray, "256"]:
        """What the set's masks hold for each class index (256 values): 0 and 255 in binary sets."""
        values = np.arange(256, dtype=np.uint8)
        return values * np.uint8(255) if self.binary else values

    def inspect_mask(self, path: Path) -> tuple[Labels, str]:
        """As `read_mask`, and in words what is wrong with values that are read all the same; empty: nothing."""
        return self.read_mask(path), ""

    def disagreements(self, shown: Mapping[Path, frozenset[int]]) -> Iterator[Problem]:
        """Where the metadata and the values of the masks (by path) do not agree."""
        yield from ()

    def look_alike(self, entry: Entry) -> tuple[bool, ...]:
        """As the clip's, without reading the clip: empty where the set does not tell."""
        return ()

    def files(self, entry: Entry) -> Iterator[tuple[str, Path]]:
        """Every file that the entry needs, with its kind: frame, mask or sound."""
        yield from (("frame", path) for path in entry.frames)
        yield from (("mask", path) for path in entry.masks if path is not None)
        yield from (("sound", source.path) for source in entry.sources)

    def copies(self, entry: Entry) -> Iterator[tuple[Path, Path]]:
        """Files that repeat a mask of the entry and are not read, each with that mask."""
        yield from ()

    def areas(self) -> Iterator[Path]:
        """Folders, none inside another, that should hold nothing but the files of the entries and their companions."""
        yield from ()

    def companion(self, name: str) -> bool:
        """Whether a file or folder in an area is known to lie beside the entries' files, though no entry needs it."""
        return False

    def stamp(self, entry: Entry) -> str:
        """Changes when one of the entry's files does."""
        return hash_lines([entry.name, *(file_stamp(path) for _, path in self.files(entry))])

    def wav_of(self, entry: Entry) -> Path | None:
        """Where the format has the entry's sound as a wav, whether it is there or not; None: there is no such place."""
        return None

    def heard_s(self, entry: Entry) -> int:
        """How many seconds each recording of an entry should last."""
        return len(entry.masks)

    def video_of(self, entry: Entry) -> Path | None:
        """Where the format has the video that the entry was cut from; None: there is no such place."""
        return None

    def raw_video(self, entry: Entry) -> Path | None:
        """The video from which a wav can be made, if it is there."""
        video = self.video_of(entry)
        return video if video is not None and self.wav_of(entry) and video.is_file() else None


def unique_entries(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries, of each name the last, and the names that came more than once."""
    listed = list(entries)
    counts = Counter(entry.name for entry in listed)
    return tuple({entry.name: entry for entry in listed}.values()), tuple(name for name in counts if counts[name] > 1)
