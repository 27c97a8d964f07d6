"""Composed sets in published formats: missing clips are made and listed in the metadata."""

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ravs.data.composition.clip_writer import ComposedSetSettings, claim_folder, exclusive_run
from ravs.data.composition.workers import map_with_library
from ravs.data.library.library import Library
from ravs.files import write_atomic
from ravs.parallel import ProgressFunction

MetadataRow = dict[str, str]
ClipKey = tuple[str, int]  # subset, and number of the clip in it

SAVE_EVERY = 20  # clips between two writes of the metadata; a killed run composes at most as many again


class PublishedFormat(ABC):
    """Paths of a format's files, and how to write one clip. A clip is complete when the metadata list it."""

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
        """The value of the column `key` for a clip."""

    @abstractmethod
    def write(self, out: Path, settings: ComposedSetSettings, library: Library, key: ClipKey) -> list[MetadataRow]:
        """Write a clip's files, each atomically. Returns: its metadata rows, none if the format cannot hold it."""


class MetadataTables:
    """The metadata of a set: rows of earlier runs and new ones, sorted by key, in whatever order they were added."""

    def __init__(self, form: PublishedFormat, out: Path, subsets: Sequence[str]) -> None:
        self.form, self.out = form, out
        self.columns = {form.table(out, subset): form.columns(subset) for subset in subsets}
        self.rows = {path: _read_rows(path) for path in self.columns}
        self.made = {(path, row[form.key]) for path, rows in self.rows.items() for row in rows}

    def has(self, key: ClipKey) -> bool:
        """Whether this clip is listed."""
        return (self.form.table(self.out, key[0]), self.form.key_of(*key)) in self.made

    def add(self, key: ClipKey, rows: Iterable[MetadataRow]) -> None:
        """List a clip that has been written."""
        self.rows[self.form.table(self.out, key[0])].extend(rows)

    def write(self) -> None:
        """Write every table atomically."""
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
    progress: ProgressFunction | None = None,
) -> tuple[int, int]:
    """Compose `count` clips of each subset in a published format; clips that the metadata list are kept.

    Returns: the number of new clips, and of clips left out since the format cannot hold them.
    Raises: InputError if OUT holds a set of other settings or of another form; RavsError if another run composes there.
    """
    with exclusive_run(out):  # two runs would overwrite each other's rows
        claim_folder(out, settings, form.name)
        metadata = MetadataTables(form, out, subsets)
        for path in metadata.rows:
            write_atomic(path.parent / "label2idx.json", label_indices(library.classes))
        wanted = [(subset, number) for subset in subsets for number in range(count)]
        missing = [key for key in wanted if not metadata.has(key)]
        results = map_with_library(partial(_write_one, form, out, settings), library, missing, jobs)
        made = done = 0
        try:
            for done, (key, rows) in enumerate(results, 1):
                metadata.add(key, rows)
                made += bool(rows)
                if done % SAVE_EVERY == 0:
                    metadata.write()
                if progress:
                    progress(len(wanted) - len(missing) + done, len(wanted))
        finally:
            metadata.write()
        return made, done - made


def public_name(class_name: str) -> str:
    """A class name with "-" in place of "_", by which these formats join classes."""
    return class_name.replace("_", "-")


def label_indices(classes: Sequence[str]) -> str:
    """label2idx.json: names in the order of the classes, after background, with values from 1 on, as in AVSBench.

    Masks hold the value minus 1: 0 for background.
    """
    names = ["background", *map(public_name, classes)]
    return json.dumps({name: index for index, name in enumerate(names, start=1)}, indent=1) + "\n"


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """An RGB image as a JPEG file."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)[1].tobytes()


def encode_png(pixels: np.ndarray) -> bytes:
    """An RGB image, or one plane of indices, as a PNG file."""
    return cv2.imencode(".png", pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def _write_one(
    form: PublishedFormat, out: Path, settings: ComposedSetSettings, library: Library, key: ClipKey
) -> tuple[ClipKey, list[MetadataRow]]:
    """Runs in a worker process."""
    return key, form.write(out, settings, library, key)


def _read_rows(path: Path) -> list[MetadataRow]:
    """The rows of a table, none if the file does not exist."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
