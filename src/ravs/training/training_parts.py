"""training_parts.csv of a released model: everything that it was trained on, with its license."""

import csv
from pathlib import Path

from ravs.data.composition.film.photographs import Photos
from ravs.data.library.library import Library, LibraryPart

COLUMNS = ("path", "class_name", "licence", "author", "package")
ADDRESS = "address"  # of a photograph, where its author is named


def parts_of(library: Library) -> list[LibraryPart]:
    """All parts that training drew from, sorted by path."""
    by_class = [part for group in (*library.cutouts.values(), *library.sounds.values()) for part in group]
    return sorted([*by_class, *library.ambient, *library.backgrounds], key=lambda part: part.path)


def write_training_parts(path: Path, library: Library, photos: Photos | None = None) -> None:
    """Write a row for each part of a library and, with a column more, for each photograph."""
    rows = [{column: getattr(part, column) for column in COLUMNS} for part in parts_of(library)]
    for photograph in photos.photographs if photos else ():
        path_there = f"{photograph.path.parent.name}/{photograph.path.name}"
        rows.append({"path": path_there, "licence": photograph.licence, ADDRESS: photograph.address})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, (*COLUMNS, ADDRESS) if photos else COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
