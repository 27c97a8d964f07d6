"""Composed sets in the forms that the field publishes: the clips still missing are made, and metadata name them."""

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ravs.data.composition.clip_writer import ComposedSetSettings, claim_folder, exclusive_run
from ravs.data.composition.workers import map_with_library
from ravs.data.library.library import Library
from ravs.files import write_atomic

MetadataRow = dict[str, str]
ClipKey = tuple[str, int]  # subset, and number of the clip in it

SAVE_EVERY = 20  # clips between two writings of the metadata; a killed run makes as many anew at most


class PublishedFormat(ABC):
    """Where the files of a form lie, and how one clip is written. A clip is made when the metadata name it."""

    name: str
    subsets: tuple[str, ...]
    key: str  # the column that names a clip

    @abstractmethod
    def table(self, out: Path, subset: str) -> Path:
        """The CSV file that lists the clips of a subset."""

    @abstractmethod
    def columns(self, subset: str) -> tuple[str, ...]:
        """The columns of that file."""

    @abstractmethod
    def key_of(self, subset: str, number: int) -> str:
        """What the column `key` has for a clip."""

    @abstractmethod
    def write(self, out: Path, settings: ComposedSetSettings, library: Library, which: ClipKey) -> list[MetadataRow]:
        """Write a clip's files, each whole. Returns: its rows of metadata, none if the form has no place for it."""


class MetadataTables:
    """The tables of a set: what an earlier run wrote, and what is added; in one order whoever was made first."""

    def __init__(self, form: PublishedFormat, out: Path, subsets: Sequence[str]) -> None:
        self.form, self.out = form, out
        self.columns = {form.table(out, subset): form.columns(subset) for subset in subsets}
        self.rows = {path: _read_rows(path) for path in self.columns}
        self.made = {(path, row[form.key]) for path, rows in self.rows.items() for row in rows}

    def has(self, which: ClipKey) -> bool:
        """Whether this clip is named."""
        return (self.form.table(self.out, which[0]), self.form.key_of(*which)) in self.made

    def add(self, which: ClipKey, rows: Iterable[MetadataRow]) -> None:
        """Name a clip that has been written."""
        self.rows[self.form.table(self.out, which[0])].extend(rows)

    def write(self) -> None:
        """Every table, whole."""
        for path, rows in self.rows.items():
            rows.sort(key=lambda row: (len(row[self.form.key]), row[self.form.key]))
            text = io.StringIO()
            writer = csv.DictWriter(text, self.columns[path], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            write_atomic(path, text.getvalue())


def compose_published_set(
    out: Path,
    library: Library,
    settings: ComposedSetSettings,
    form: PublishedFormat,
    *,
    subsets: Sequence[str],
    count: int,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[int, int]:
    """Compose `count` clips of each subset in a published form; clips that the metadata name stay as they are.

    Returns: how many were made, and how many were left out since the form has no place for them.
    Raises: InputError if OUT holds a set of other settings or of another form; RavsError if another run composes there.
    """
    with exclusive_run(out):  # one that writes the tables later than it read them would lose the rows of another
        claim_folder(out, settings, form.name)
        metadata = MetadataTables(form, out, subsets)
        for path in metadata.rows:
            write_atomic(path.parent / "label2idx.json", label_indices(library.classes))
        wanted = [(subset, number) for subset in subsets for number in range(count)]
        missing = [which for which in wanted if not metadata.has(which)]
        results = map_with_library(partial(_write_one, form, out, settings), library, missing, jobs)
        made = done = 0
        try:
            for done, (which, rows) in enumerate(results, 1):
                metadata.add(which, rows)
                made += bool(rows)
                if done % SAVE_EVERY == 0:
                    metadata.write()
                if progress:
                    progress(len(wanted) - len(missing) + done, len(wanted))
        finally:
            metadata.write()
        return made, done - made


def public_name(class_name: str) -> str:
    """A class as these forms write it: they join classes by "_", so that a name has "-"."""
    return class_name.replace("_", "-")


def label_indices(classes: Sequence[str]) -> str:
    """label2idx.json: keys in the order of the classes, with background first; values from 1 on, as AVSBench has them.

    Masks hold one less than a value: 0 for background.
    """
    names = ["background", *map(public_name, classes)]
    return json.dumps({name: index for index, name in enumerate(names, start=1)}, indent=1) + "\n"


def encode_jpeg(picture: np.ndarray, quality: int) -> bytes:
    """An RGB picture as a JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)[1].tobytes()


def encode_png(pixels: np.ndarray) -> bytes:
    """An RGB picture, or one plane of indices, as a PNG file."""
    return cv2.imencode(".png", pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def _write_one(
    form: PublishedFormat, out: Path, settings: ComposedSetSettings, library: Library, which: ClipKey
) -> tuple[ClipKey, list[MetadataRow]]:
    """In a worker's process."""
    return which, form.write(out, settings, library, which)


def _read_rows(path: Path) -> list[MetadataRow]:
    """The rows of a table, none if there is no such file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
