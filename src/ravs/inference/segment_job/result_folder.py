"""The folder of one source's results: made aside, moved into place when whole, and known again by done.json."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ravs.errors import RavsError
from ravs.file_lock import LockedError, locked
from ravs.files import (
    fits_name_limit,
    hidden_sibling,
    move_entries,
    remove,
    stale_parts,
    unique_part_path,
    write_atomic,
)
from ravs.inference.segment_job.provenance import (
    DONE_FILE,
    UNFINISHED_FILE,
    Provenance,
    read_document_object,
    read_record,
)

FORMATS = ("overlay", "masks", "uncertainty", "json", "timeline")
EXISTING_POLICIES = ("resume", "overwrite", "fail")


@dataclass(frozen=True)
class ResultFolder:
    """ravs-out/street/ for street.mp4, and a temporary folder of this process beside it while results are made."""

    path: Path
    part: Path = field(init=False, compare=False)  # where results are made before they are whole

    def __post_init__(self) -> None:
        object.__setattr__(self, "part", unique_part_path(self.path))

    def files(self, name: str) -> tuple[str, ...]:
        """Entries of the folder that a format consists of."""
        return {
            "overlay": ("overlay.mp4",),
            "masks": ("masks",),
            "uncertainty": ("uncertainty",),
            "json": (_document_name(self.path.name),),
            "timeline": ("timeline.csv", "timeline.vtt", "timeline.rttm"),
        }[name]

    @contextmanager
    def exclusive(self, *, wait: bool, waiting: Callable[[], None] | None = None) -> Iterator[None]:
        """A block in which no other run writes these results. What is in the making at its end is removed.

        Raises: LockedError where another run writes them, and is not waited for.
        """
        with locked(self._lock, wait=wait, on_wait=waiting) as is_guarded:
            if is_guarded:
                self._clean()  # what killed runs left; without a lock it may be a living one's
            try:
                yield
            finally:
                if is_guarded:
                    self._clean()
                else:
                    remove(self.part)

    def sweep(self) -> None:
        """Removes what a killed run left beside results that another one had finished."""
        if self._lock.exists():
            with suppress(LockedError, OSError), self.exclusive(wait=False):
                pass

    @property
    def _lock(self) -> Path:
        return hidden_sibling(self.path, ".lock")

    def done(self) -> dict[str, Any] | None:
        """What done.json says, if the results were finished."""
        return read_record(self.path / DONE_FILE)

    def present(self) -> tuple[str, ...]:
        """Formats that done.json names and whose files are all there."""
        done = self.done()
        if done is None:
            return ()
        counts = done["files"] if "files" in done else self._uncounted()
        return tuple(name for name in FORMATS if name in counts and counts[name] == count(self.path, self.files(name)))

    def _uncounted(self) -> dict[str, int]:
        """What must be there where done.json has no counts, as of earlier versions: a mask for each of the document."""
        masks = len((read_document_object(self.path / self.files("json")[0]) or {}).get("frames", ()))
        counts = {name: len(self.files(name)) for name in FORMATS}
        for name in ("masks", "uncertainty"):
            counts[name] = masks or max(count(self.path, self.files(name)), 1)
        return counts

    def taken(self) -> list[str]:
        """Entries of the folder, whoever made them, under names that results have."""
        names = (DONE_FILE, UNFINISHED_FILE, *(file for name in FORMATS for file in self.files(name)))
        return [name for name in names if (self.path / name).exists()]

    def is_ours(self) -> bool:
        """Whether what stands there was made by RAVS: a record says so, or the document."""
        if any(read_record(self.path / name) is not None for name in (DONE_FILE, UNFINISHED_FILE)):
            return True
        return read_document_object(self.path / self.files("json")[0]) is not None

    def missing_formats(self, formats: tuple[str, ...], made: Provenance, existing: str) -> tuple[str, ...]:
        """The formats still to be written under a policy of EXISTING_POLICIES; empty where all are finished.

        Raises: RavsError where finished results, or files of the user's, would be overwritten unasked.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RavsError(f"{self.path} is a file, but the results need a folder of that name: choose another --out")
        done, taken = self.done(), self.taken()
        if existing == "overwrite" or not taken:
            return formats
        if existing == "fail":
            remedy = "overwrite" if done is not None and made.difference(done) else "resume or overwrite"
            raise RavsError(f"{self.path} exists{_settings_remark(done, made)}. Use --existing {remedy}.")
        if not self.is_ours():
            raise RavsError(
                f"{self.path} holds {', '.join(taken)} that no run of RAVS is known to have made. "
                "Choose another --out, or replace them with --existing overwrite."
            )
        if done is None:
            return formats  # what broke off or was interrupted is made again
        if difference := made.difference(done):
            raise RavsError(f"{self.path} exists with other settings ({difference}). Use --existing overwrite.")
        return tuple(name for name in formats if name not in self.present())

    def write(self, name: str, content: bytes | str) -> None:
        """One file of the unfinished results, in the temporary folder."""
        path = self.part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def drop(self, name: str) -> None:
        """Removes a format from the unfinished results."""
        for file in self.files(name):
            remove(self.part / file)

    def publish(self, formats: tuple[str, ...], made: Provenance, *, complete: bool) -> None:
        """Moves the formats that were made into place. done.json is written last, and only for complete results.

        Until then, and for others, unfinished.json says what they are, unless there is a document, which says so too.
        """
        done = self.done()
        added = done is not None and not made.difference(done) and complete
        counts = {name: count(self.path, self.files(name)) for name in (self.present() if added else ())}
        counts |= {name: count(self.part, self.files(name)) for name in formats}
        record = {"source": made.source, "sound": made.sound, "model": made.model, "settings": made.settings}
        text = json.dumps(record | {"files": counts}, indent=1) + "\n"
        if not added:
            write_atomic(self.path / UNFINISHED_FILE, text)
            self._clear()
        self.part.mkdir(parents=True, exist_ok=True)
        move_entries(sorted(entry.name for entry in self.part.iterdir()), self.part, self.path)
        if complete:
            write_atomic(self.path / DONE_FILE, text)
        if complete or "json" in formats:
            remove(self.path / UNFINISHED_FILE)

    def _clean(self) -> None:
        """What cannot be removed is left to a later run."""
        of_earlier_versions = hidden_sibling(self.path, ".part")
        own = [
            part
            for path in (self.path, self.path / DONE_FILE, self.path / UNFINISHED_FILE)
            for part in stale_parts(path)
        ]
        for part in (of_earlier_versions, *own):
            with suppress(OSError):
                remove(part)

    def _clear(self) -> None:
        for file in (DONE_FILE, *(file for name in FORMATS for file in self.files(name))):
            remove(self.path / file)


def count(folder: Path, entries: Iterable[str]) -> int:
    """How many files a format's entries in a folder are; those of a folder of images one by one."""
    found = [folder / entry for entry in entries]
    return sum(len(list(path.glob("[0-9]*.png"))) if path.is_dir() else path.is_file() for path in found)


def _document_name(folder: str) -> str:
    """NAME.json; document.json where that is a record's name, or too long for a disk."""
    name = f"{folder}.json"
    return "document.json" if name.casefold() in (DONE_FILE, UNFINISHED_FILE) or not fits_name_limit(name) else name


def _settings_remark(done: dict[str, Any] | None, made: Provenance) -> str:
    difference = "unfinished" if done is None else made.difference(done)
    return f" with other settings ({difference})" if difference else ""
