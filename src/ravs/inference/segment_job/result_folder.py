"""The folder of one source's results: written beside it, moved into place when complete, recognized by done.json."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ravs.errors import InputError, RavsError
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
from ravs.inference.outputs.format_files import DOCUMENT, FORMAT_FILES
from ravs.inference.segment_job.provenance import (
    DONE_FILE,
    UNFINISHED_FILE,
    Provenance,
    read_document_object,
    read_record,
)
from ravs.structures.model_output import REMEDY, ModelOutput

OUTPUT_FILE = "model-output.npz"  # what the model said, from which all formats are rendered
MUTED_FILE = "model-output-muted.npz"  # the same without audio, for the silence test
FORMATS = tuple(FORMAT_FILES)
EXISTING_POLICIES = ("resume", "overwrite", "fail")


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

    def output(self, name: str = OUTPUT_FILE) -> ModelOutput | None:
        """What the model said, with or without audio; None where it was not kept, or cannot be read."""
        try:
            output = ModelOutput.read(self.path / name)
            output.check()
        except (OSError, InputError):
            return None
        return output

    def has_answer(self, provenance: Provenance, *, mute: bool) -> bool:
        """Whether all that the model would say is there, with `mute` in silence, too."""
        names = (OUTPUT_FILE, MUTED_FILE) if mute else (OUTPUT_FILE,)
        return all(self.usable_output(provenance, name) is not None for name in names)

    def damage(self) -> str:
        """What is wrong with the model output that was kept; empty where there is none, or nothing is wrong with it."""
        try:
            ModelOutput.read(self.path / OUTPUT_FILE).check()
        except FileNotFoundError:
            return ""
        except (OSError, InputError) as error:
            return str(error).removesuffix(f": {REMEDY}")
        return ""

    def usable_output(self, provenance: Provenance, name: str = OUTPUT_FILE) -> ModelOutput | None:
        """What the model said of the whole source, if it would say the same again."""
        output = self.output(name)
        return output if output is not None and provenance.is_of(output) else None

    def is_ours(self) -> bool:
        """Whether the results that exist were written by RAVS, by a record, the document or a model output."""
        if self.output(OUTPUT_FILE) is not None:
            return True
        if any(read_record(self.path / name) is not None for name in (DONE_FILE, UNFINISHED_FILE)):
            return True
        return read_document_object(self.path / self.files("json")[0]) is not None

    def missing_formats(self, formats: tuple[str, ...], provenance: Provenance, existing: str) -> tuple[str, ...]:
        """The formats still to be written under one of EXISTING_POLICIES; empty where all are finished.

        Raises: RavsError where finished results, or files of the user's, would be overwritten without permission.
        """
        if self.path.exists() and not self.path.is_dir():
            raise RavsError(f"{self.path} is a file, but the results need a folder of that name: choose another --out")
        done, names = self.done(), self.existing_names()
        if existing == "overwrite" or not names:
            return formats
        if existing == "fail":
            remedy = "overwrite" if done is not None and provenance.difference(done) else "resume or overwrite"
            raise RavsError(f"{self.path} exists{_settings_remark(done, provenance)}. Use --existing {remedy}.")
        if not self.is_ours():
            raise RavsError(
                f"{self.path} holds {', '.join(names)} that no run of RAVS is known to have made. "
                "Choose another --out, or replace them with --existing overwrite."
            )
        if done is None:  # what broke off or was interrupted is made again
            return tuple(name for name in FORMATS if name in formats or name in self.interrupted_formats())
        if difference := provenance.difference(done):
            raise RavsError(f"{self.path} exists with other settings ({difference}). Use --existing overwrite.")
        finished = self.finished_formats()
        if provenance.rendering_difference(done):
            return tuple(name for name in FORMATS if name in formats or name in finished)
        restyled = {"overlay"} if done.get("style", provenance.style) != provenance.style else set()
        return tuple(name for name in formats if name not in finished or name in restyled)

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

    def drop_other_results(self, document: str) -> None:
        """Removes results of RAVS, with their records, that are not of this document's source, model and settings."""
        kept = self.path / self.files("json")[0]
        if (kept.is_file() and kept.read_text(encoding="utf-8") == document) or not self.is_ours():
            return
        self._clear()
        for name in (UNFINISHED_FILE, OUTPUT_FILE, MUTED_FILE):
            remove(self.path / name)

    def publish_output(self, name: str, provenance: Provenance) -> ModelOutput:
        """Moves a model output into place as soon as it is there: what is interrupted later needs no model.

        Results that were made from another one are removed.
        """
        done = self.done()
        if name == OUTPUT_FILE and (done is None or provenance.difference(done)):
            write_atomic(self.path / UNFINISHED_FILE, json.dumps(asdict(provenance), indent=1) + "\n")
            self._clear()
            remove(self.path / MUTED_FILE)
        move_entries([name], self.part, self.path)
        return ModelOutput.read(self.path / name)

    def publish(
        self, formats: tuple[str, ...], provenance: Provenance, *, complete: bool, paths: dict[str, Path]
    ) -> None:
        """Moves the formats that were written into place. done.json is written last, and only for complete results.

        Until then, and for incomplete ones, unfinished.json has their provenance, unless there is a document.
        `paths` are those of source and sound, which done.json has relative to the folder, to find them again.
        """
        done = self.done()
        changed = done is None or provenance.difference(done) or provenance.rendering_difference(done)
        added = complete and not changed
        counts = {name: count(self.path, self.files(name)) for name in (self.finished_formats() if added else ())}
        counts |= {name: count(self.part, self.files(name)) for name in formats}
        places = (done or {}).get("paths", {}) if added else {}
        places |= {name: self._relative(path) for name, path in paths.items() if path.is_file()}
        record = asdict(provenance) | {"files": counts, "paths": places}
        if done is not None and added and "overlay" not in formats:
            record["style"] = done.get("style", {})
        text = json.dumps(record, indent=1) + "\n"
        if not added:
            write_atomic(self.path / UNFINISHED_FILE, text)
            self._clear()
        self.part.mkdir(parents=True, exist_ok=True)
        move_entries(sorted(entry.name for entry in self.part.iterdir()), self.part, self.path)
        if complete:
            write_atomic(self.path / DONE_FILE, text)
        if complete or "json" in formats:
            remove(self.path / UNFINISHED_FILE)

    def _relative(self, path: Path) -> str:
        """A path relative to the folder, so that both may be moved together; absolute where they are on two drives."""
        try:
            return os.path.relpath(path, self.path)
        except ValueError:
            return str(path.absolute())

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

    def _clear(self) -> None:
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


def _settings_remark(done: dict[str, Any] | None, provenance: Provenance) -> str:
    difference = "unfinished" if done is None else provenance.difference(done)
    return f" with other settings ({difference})" if difference else ""
