"""Clips that cannot be read are recorded and replaced by the next readable one; too many end the run."""

import json
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from ravs.errors import RavsError

MAX_UNREADABLE = 0.01  # share of all clips; beyond it the metrics would be of another data set than the recipe names
MAX_TRIES = 20  # clips in a row
READ_ERRORS = (RavsError, OSError, EOFError)


class ReadableClips(Dataset[Any]):
    """Clips of a data set, in which the next readable clip replaces an unreadable one, the same in every run.

    Unreadable clips are recorded in a file as they are found, since several processes read clips.
    """

    def __init__(self, clips: Any, path: Path) -> None:
        self.clips = clips
        self.path = path
        self._noted: set[int] = set()

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Any:
        """A clip. Raises: RavsError if none of `MAX_TRIES` clips in a row can be read."""
        for candidate in range(index, index + MAX_TRIES):
            try:
                return self.clips[candidate % len(self)]
            except READ_ERRORS as error:
                self._note(candidate % len(self), error)
        raise RavsError(f"{MAX_TRIES} clips in a row, from {self.name_of(index)} on, cannot be read: see {self.path}")

    def name_of(self, index: int) -> str:
        """A clip's name in messages: its data set's name for it, else its number."""
        named = getattr(self.clips, "name_of", None)
        return str(named(index)) if named else f"clip {index}"

    def _note(self, index: int, error: Exception) -> None:
        if index in self._noted:
            return
        self._noted.add(index)
        line = json.dumps({"index": index, "clip": self.name_of(index), "error": " ".join(str(error).split())})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")  # one short write in append mode: lines of several processes do not mix


def read_unreadable(path: Path) -> dict[int, dict[str, Any]]:
    """The record of each unreadable clip by its index; a truncated line is skipped."""
    found: dict[int, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        found.setdefault(record["index"], record)
    return found
