"""The folder of one source's results: made aside, moved into place when whole, and known again by done.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ravs.errors import RavsError
from ravs.files import move_into, remove, write_whole

FORMATS = ("overlay", "masks", "uncertainty", "json", "timeline")
EXISTING = ("resume", "overwrite", "fail")
DONE = "done.json"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What results were made from, as done.json keeps it: equal ones have equal results."""

    source: str  # hashes of contents
    sound: str | None
    model: str
    settings: dict[str, Any]

    def difference(self, done: dict[str, Any]) -> str:
        """What differs from results made before, in words; empty if nothing."""
        old = done.get("settings", {})
        changes = [
            f"{key} {_word(old.get(key))} → {_word(value)}"
            for key, value in self.settings.items()
            if old.get(key) != value
        ]
        changes += [f"another {key}" for key in ("source", "sound", "model") if done.get(key) != getattr(self, key)]
        return ", ".join(changes)


@dataclass(frozen=True)
class ResultFolder:
    """ravs-out/street/ for street.mp4, and .street.part beside it while it is made."""

    path: Path

    @property
    def part(self) -> Path:
        """Where results are made before they are whole."""
        return self.path.with_name(f".{self.path.name}.part")

    def files(self, name: str) -> tuple[str, ...]:
        """Entries of the folder that a format consists of."""
        return {
            "overlay": ("overlay.mp4",),
            "masks": ("masks",),
            "uncertainty": ("uncertainty",),
            "json": (f"{self.path.name}.json",),
            "timeline": ("timeline.csv", "timeline.vtt", "timeline.rttm"),
        }[name]

    def done(self) -> dict[str, Any] | None:
        """What done.json says, if the results were finished."""
        try:
            done = json.loads((self.path / DONE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return done if isinstance(done, dict) else None

    def present(self) -> tuple[str, ...]:
        """Formats whose files are there."""
        return tuple(name for name in FORMATS if all((self.path / file).exists() for file in self.files(name)))

    def to_do(self, formats: tuple[str, ...], made: Made, existing: str) -> tuple[str, ...]:
        """The formats still to be written under a policy of EXISTING; empty where all are finished.

        Raises: RavsError where finished results would be overwritten unasked.
        """
        done = self.done()
        if existing == "overwrite" or not self.present():
            return formats
        if existing == "fail":
            remedy = "overwrite" if done is not None and made.difference(done) else "resume or overwrite"
            raise RavsError(f"{self.path} exists{_in_brackets(done, made)}. Use --existing {remedy}.")
        if done is None:
            return formats  # what broke off or was interrupted is made again
        if difference := made.difference(done):
            raise RavsError(f"{self.path} exists with other settings ({difference}). Use --existing overwrite.")
        return tuple(name for name in formats if name not in self.present())

    def write(self, name: str, content: bytes | str) -> None:
        """One file of the results in the making."""
        write_whole(self.part / name, content)

    def publish(self, made: Made, *, complete: bool) -> None:
        """Moves what was made into place. done.json is written last, and only for complete results."""
        done = self.done()
        if done is None or made.difference(done) or not complete:
            self._clear()
        self.path.mkdir(parents=True, exist_ok=True)
        move_into(sorted(entry.name for entry in self.part.iterdir()), self.part, self.path)
        self.discard()
        if complete:
            record = {"source": made.source, "sound": made.sound, "model": made.model, "settings": made.settings}
            write_whole(self.path / DONE, json.dumps(record, indent=1) + "\n")

    def discard(self) -> None:
        """Removes what is in the making."""
        remove(self.part)

    def _clear(self) -> None:
        for file in (DONE, *(file for name in FORMATS for file in self.files(name))):
            remove(self.path / file)


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return {"None": "none", "True": "on", "False": "off"}.get(str(value), str(value))


def _in_brackets(done: dict[str, Any] | None, made: Made) -> str:
    difference = "unfinished" if done is None else made.difference(done)
    return f" with other settings ({difference})" if difference else ""
