"""Moves results into place: the model output first, then the formats, and done.json, by which they are known, last."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from ravs.files import move_entries, remove, write_atomic
from ravs.inference.segment_job.provenance import DONE_FILE, UNFINISHED_FILE, Provenance
from ravs.inference.segment_job.result_folder import MUTED_FILE, OUTPUT_FILE, ResultFolder, count
from ravs.structures.model_output import ModelOutput


def drop_other_results(folder: ResultFolder, document: str) -> None:
    """Removes results of RAVS, with their records, that are not of this document's source, model and settings."""
    kept = folder.path / folder.files("json")[0]
    if (kept.is_file() and kept.read_text(encoding="utf-8") == document) or not folder.is_ours():
        return
    folder.clear()
    for name in (UNFINISHED_FILE, OUTPUT_FILE, MUTED_FILE):
        remove(folder.path / name)


def publish_output(folder: ResultFolder, name: str, provenance: Provenance) -> ModelOutput:
    """Moves a model output into place as soon as it is there: what is interrupted later needs no model.

    Results that were made from another one are removed.
    """
    done = folder.done()
    if name == OUTPUT_FILE and (done is None or provenance.difference(done)):
        write_atomic(folder.path / UNFINISHED_FILE, json.dumps(asdict(provenance), indent=1) + "\n")
        folder.clear()
        remove(folder.path / MUTED_FILE)
    move_entries([name], folder.part, folder.path)
    return ModelOutput.read(folder.path / name)


def publish(
    folder: ResultFolder,
    formats: tuple[str, ...],
    provenance: Provenance,
    *,
    complete: bool,
    paths: dict[str, Path],
) -> None:
    """Moves the formats that were written into place. done.json is written last, and only for complete results.

    Until then, and for incomplete ones, unfinished.json has their provenance, unless there is a document.
    `paths` are those of source and sound, which done.json has relative to the folder, to find them again.
    """
    done = folder.done()
    changed = done is None or provenance.difference(done) or provenance.rendering_difference(done)
    added = complete and not changed
    counts = {name: count(folder.path, folder.files(name)) for name in (folder.finished_formats() if added else ())}
    counts |= {name: count(folder.part, folder.files(name)) for name in formats}
    places = (done or {}).get("paths", {}) if added else {}
    places |= {name: _relative(folder, path) for name, path in paths.items() if path.is_file()}
    record = asdict(provenance) | {"files": counts, "paths": places}
    if done is not None and added and "overlay" not in formats:
        record["style"] = done.get("style", {})
    text = json.dumps(record, indent=1) + "\n"
    if not added:
        write_atomic(folder.path / UNFINISHED_FILE, text)
        folder.clear()
    folder.part.mkdir(parents=True, exist_ok=True)
    move_entries(sorted(entry.name for entry in folder.part.iterdir()), folder.part, folder.path)
    if complete:
        write_atomic(folder.path / DONE_FILE, text)
    if complete or "json" in formats:
        remove(folder.path / UNFINISHED_FILE)


def _relative(folder: ResultFolder, path: Path) -> str:
    """A path relative to the folder, so that both may be moved together; absolute where they are on two drives."""
    try:
        return os.path.relpath(path, folder.path)
    except ValueError:
        return str(path.absolute())
