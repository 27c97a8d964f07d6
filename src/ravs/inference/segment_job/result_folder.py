"""The folder of one source's results: its files by format, its records, its lock, and a temporary folder beside it."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ravs.file_lock import LockedError, locked
from ravs.files import (
    fits_name_limit,
    hidden_sibling,
    remove,
    stale_parts,
    unique_part_path,
)
from ravs.inference.outputs.format_files import DOCUMENT, FORMAT_FILES
from ravs.inference.segment_job.provenance import (
    DONE_FILE,
    UNFINISHED_FILE,
    Provenance,
    read_document_object,
    read_record,
)
from ravs.structures.model_output import is_model_output

OUTPUT_FILE = "model-output.npz"  # what the model said, from which all formats are rendered
MUTED_FILE = "model-output-muted.npz"  # the same without audio, for the silence test
FORMATS = tuple(FORMAT_FILES)


@dataclass(frozen=True)
class ResultFolder:
    """ravs-out/street/ for street.mp4, and a temporary folder of this process beside it while results are written."""

    path: Path
    part: Path = field(init=False, compare=False)  # the temporary folder

    def __post_init__(self) -> None:
        object.__setattr__(self, "part", unique_part_path(self.path))

    def files(self, name: str) -> tuple[str, ...]:
        """Entries of the folder that a format consists of."""
        return tuple(map(self.entry, FORMAT_FILES[name]))

    def entry(self, file: str) -> str:
        """A file of FORMAT_FILES under the name that it has in this folder."""
        return _document_name(self.path.name) if file == DOCUMENT else file

    @contextmanager
    def exclusive(self, *, wait: bool, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        """A context in which no other run writes these results. What is unfinished at its end is removed.

        Raises: LockedError where another run writes them and `wait` is False.
        """
        with locked(self._lock, wait=wait, on_wait=on_wait) as is_guarded:
            if is_guarded:
                self._clean()  # leftovers of killed runs; without a lock they may be those of a living one
            try:
                yield
            finally:
                if is_guarded:
                    self._clean()
                else:
                    remove(self.part)

    def sweep(self) -> None:
        """Removes the leftovers of a killed run beside finished results."""
        if self._lock.exists():
            with suppress(LockedError, OSError), self.exclusive(wait=False):
                pass

    @property
    def _lock(self) -> Path:
        return hidden_sibling(self.path, ".lock")

    def done(self) -> dict[str, Any] | None:
        """The record of done.json, if the results are finished."""
        return read_record(self.path / DONE_FILE)

    def record(self) -> dict[str, Any] | None:
        """The same, or else that of unfinished.json, which has the settings of results that were interrupted."""
        return self.done() or read_record(self.path / UNFINISHED_FILE)

    def finished_formats(self) -> tuple[str, ...]:
        """Formats that done.json names and whose files all exist."""
        done = self.done()
        if done is None:
            return ()
        counts = done["files"] if "files" in done else self._counts_of_earlier_versions()
        return tuple(name for name in FORMATS if name in counts and self._has_files(name, counts[name]))

    def interrupted_formats(self) -> tuple[str, ...]:
        """Formats that a killed run was moving into place, or of a source that broke off: some may be there."""
        record = None if self.done() is not None else read_record(self.path / UNFINISHED_FILE)
        return tuple(name for name in FORMATS if name in (record or {}).get("files", ()))

    def _has_files(self, name: str, number: int) -> bool:
        """Whether each file of a format is there, and as many in its folder as there were."""
        files = self.files(name)
        single = [self.path / file for file in files if "." in file]
        return count(self.path, files) == number and all(path.exists() for path in single)

    def _counts_of_earlier_versions(self) -> dict[str, int]:
        """The counts that earlier versions left out of done.json: one mask for each frame of the document."""
        masks = len((read_document_object(self.path / self.files("json")[0]) or {}).get("frames", ()))
        counts = {name: len(self.files(name)) for name in FORMATS}
        for name in ("masks", "uncertainty"):
            counts[name] = masks or max(count(self.path, self.files(name)), 1)
        return counts

    def existing_names(self) -> list[str]:
        """Entries of the folder under names that results have, whoever wrote them."""
        names = (
            DONE_FILE,
            UNFINISHED_FILE,
            OUTPUT_FILE,
            MUTED_FILE,
            *(file for name in FORMATS for file in self.files(name)),
        )
        return [name for name in names if (self.path / name).exists()]

    def is_ours(self) -> bool:
        """Whether the results that exist were written by RAVS, by a record, the document or a model output."""
        if any(read_record(self.path / name) is not None for name in (DONE_FILE, UNFINISHED_FILE)):
            return True
        if read_document_object(self.path / self.files("json")[0]) is not None:
            return True
        return is_model_output(self.path / OUTPUT_FILE)

    def rendering_difference(self, provenance: Provenance) -> str:
        """How the settings of finished results differ from these, in words; empty if they do not."""
        done = self.done()
        return "" if done is None else provenance.rendering_difference(done)

    def write(self, name: str, content: bytes | str) -> None:
        """Writes one file into the temporary folder."""
        path = self.part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def drop(self, name: str) -> None:
        """Removes a format from the temporary folder."""
        for file in self.files(name):
            remove(self.part / file)

    def recorded_path(self, name: str) -> Path | None:
        """Where done.json says that the "source" or the "sound" was, if a file is there."""
        place = ((self.done() or {}).get("paths") or {}).get(name)
        path = None if place is None else self.path / place
        if path is None or not path.is_file():
            return None
        short = Path(os.path.normpath(path))  # where a folder is a link, it may be another file
        return short if short.is_file() and short.samefile(path) else path

    def _clean(self) -> None:
        """Removes leftovers; those that cannot be removed are left to a later run."""
        earlier_part = hidden_sibling(self.path, ".part")
        own = [
            part
            for path in (self.path, self.path / DONE_FILE, self.path / UNFINISHED_FILE)
            for part in stale_parts(path)
        ]
        for part in (earlier_part, *own):
            with suppress(OSError):
                remove(part)

    def clear(self) -> None:
        """Removes the files of all formats, and done.json first."""
        for file in (DONE_FILE, *(file for name in FORMATS for file in self.files(name))):
            remove(self.path / file)


def count(folder: Path, entries: Iterable[str]) -> int:
    """Number of files of a format in a folder; those of folders (images, labels) are counted one by one."""
    return sum(_count_below(path) if path.is_dir() else path.is_file() for path in (folder / e for e in entries))


def _count_below(folder: Path) -> int:
    return len([*folder.glob("[0-9]*.png"), *folder.glob("labels/*.txt")])


def _document_name(folder: str) -> str:
    """NAME.json; document.json where that is a record's name, or too long for a disk."""
    name = f"{folder}.json"
    return "document.json" if name.casefold() in (DONE_FILE, UNFINISHED_FILE) or not fits_name_limit(name) else name
