"""Clips that cannot be read: named, counted, replaced by the next one that can, and too many of them end the run."""

import json
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from ravs.errors import RavsError

MAX_UNREADABLE = 0.01  # of all clips; beyond it figures would be of another set than the recipe names
MAX_TRIES = 20  # clips in a row
READ_ERRORS = (RavsError, OSError, EOFError)


class ReadableClips(Dataset[Any]):
    """A data set's clips. In place of one that cannot be read stands the next that can, the same in every run.

    What could not be read is written to a file as it is found, since clips are read by several processes.
    """

    def __init__(self, clips: Any, path: Path) -> None:
        self.clips = clips
        self.path = path
        self._noted: set[int] = set()

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Any:
        """A clip. Raises: RavsError if none of many in a row can be read."""
        for place in range(index, index + MAX_TRIES):
            try:
                return self.clips[place % len(self)]
            except READ_ERRORS as error:
                self._note(place % len(self), error)
        raise RavsError(f"{MAX_TRIES} clips in a row, from {self.name_of(index)} on, cannot be read: see {self.path}")

    def name_of(self, index: int) -> str:
        """How a clip is called in messages: by its data set, else by its number."""
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
    """Each clip that could not be read, once, by its index; a line cut off is passed over."""
    found: dict[int, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        found.setdefault(record["index"], record)
    return found
