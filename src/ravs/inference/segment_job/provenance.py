"""Records of what results were made from: done.json, unfinished.json, and the document."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ravs.config.inference import MODEL_SETTINGS
from ravs.structures.model_output import ModelOutput

DONE_FILE = "done.json"  # written last, for complete results
DOCUMENT_START = r'\{\s*"schema": "ravs/'
UNFINISHED_FILE = "unfinished.json"  # the same, while results are moved into place and for a source that broke off


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What results are made from, as done.json has it: the same provenance gives the same results."""

    source: str  # hashes of contents
    sound: str | None
    model: str
    settings: dict[str, Any]
    style: dict[str, Any] = field(default_factory=dict)  # of the overlay

    @classmethod
    def of(cls, output: ModelOutput, settings: dict[str, Any]) -> "Provenance":
        """That of results which are rendered from a model output under these settings."""
        header = output.header
        return cls(
            source=str(header.source["sha256"]),
            sound=header.sound_sha256,
            model=str(header.model["sha256"]),
            settings=settings | header.settings,
        )

    def difference(self, done: dict[str, Any]) -> str:
        """What differs from earlier results so that the model has to run again, in words; empty if nothing."""
        changes = self._changes(done, [key for key in self.settings if key in MODEL_SETTINGS])
        changes += [f"another {key}" for key in ("source", "sound", "model") if done.get(key) != getattr(self, key)]
        return ", ".join(changes)

    def rendering_difference(self, done: dict[str, Any]) -> str:
        """What differs so that results have to be rendered again, in words; empty if nothing."""
        return ", ".join(self._changes(done, [key for key in self.settings if key not in MODEL_SETTINGS]))

    def is_of(self, output: ModelOutput) -> bool:
        """Whether a model output is what the model would say, of the whole source."""
        return output.header.complete and not self.difference(
            {**vars(Provenance.of(output, {})), "settings": output.header.settings}
        )

    def _changes(self, done: dict[str, Any], keys: list[str]) -> list[str]:
        old = done.get("settings", {})
        return [
            f"{key} {_as_text(old.get(key))} → {_as_text(self.settings[key])}"
            for key in keys
            if old.get(key) != self.settings[key]
        ]


def read_record(path: Path) -> dict[str, Any] | None:
    """The provenance that a run recorded; None where there is no such file, or one that RAVS did not write."""
    record = _json_object(path)
    return record if record is not None and {"source", "model", "settings"} <= record.keys() else None


def read_document_object(path: Path) -> dict[str, Any] | None:
    """A document of RAVS as plain JSON; None where there is no such file, or one that RAVS did not write."""
    document = _json_object(path)
    return document if document is not None and str(document.get("schema")).startswith("ravs/") else None


def begins_like_a_document(path: Path) -> bool:
    """Whether the first characters of a file are those of a document of RAVS, which may be long."""
    try:
        with path.open(encoding="utf-8") as opened:
            return re.match(DOCUMENT_START, opened.read(100)) is not None
    except (OSError, ValueError):
        return False


def _json_object(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return {"None": "none", "True": "on", "False": "off"}.get(str(value), str(value))
