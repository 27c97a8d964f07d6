"""The table: which file of which package, at which version, becomes which part of the library, and whose it is."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from ravs.errors import InputError

TABLE_FOLDER = Path(__file__).parent / "table"
KIND_OF_FOLDER = {
    "cutouts": "cutout",
    "sounds": "sound",
    "ambient": "ambient",
    "backgrounds": "background",
}  # by folder
MANIFEST_COLUMNS = (
    "path",
    "kind",
    "class",
    "tier",
    "split",
    "group",
    "style",
    "seconds",
    "package",
    "version",
    "path_in_package",
    "licence",
    "author",
    "sha256",
)

TABLE_HINT = "a table has parts.csv, packages.csv, classes.csv and masks/"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartSource:
    """A part of the library and where it comes from: one row of parts.csv."""

    path: str  # in the library, with forward slashes
    split: str
    group: str  # parts that hold the same original; the file's name where the table leaves it empty
    style: str  # photo or drawing; empty for sounds
    package: str
    version: str
    source: str  # in the package: FILE, OUTER!INNER, FOLDER/{A,B}, or SOUNDFONT!BANK:PROGRAM
    how: str  # what is made of it, beside the usual; see `ravs.data.library.builder.make_part`
    licence: str
    author: str
    sha256: str  # the first 16 digits
    sketch: str  # see `ravs.data.library.builder.verify`

    @property
    def kind(self) -> str:
        """cutout, sound, ambient or background."""
        return KIND_OF_FOLDER[self.path.split("/")[0]]

    @property
    def class_name(self) -> str:
        """What it shows or sounds like; empty for ambient sounds and backgrounds."""
        return self.path.split("/")[1] if self.kind in ("cutout", "sound") else ""


@dataclass(frozen=True, kw_only=True)
class PartsTable:
    """Every part, and the classes in their order."""

    folder: Path
    sources: tuple[PartSource, ...]
    classes: tuple[tuple[int, str, str], ...]  # index, class, tier

    @classmethod
    def read(cls, folder: Path = TABLE_FOLDER) -> "PartsTable":
        """The table in a folder: parts.csv, packages.csv, classes.csv and masks/. Raises: InputError."""
        versions = {row["package"]: row["version"] for row in read_rows(folder / "packages.csv")}
        classes = tuple((int(row["index"]), row["class"], row["tier"]) for row in read_rows(folder / "classes.csv"))
        sources = tuple(_read_source(row, versions) for row in read_rows(folder / "parts.csv"))
        return cls(folder=folder, sources=sources, classes=classes)

    @cached_property
    def tiers(self) -> dict[str, str]:
        """A or B, by class."""
        return {name: tier for _, name, tier in self.classes}

    def manifest_row(self, source: PartSource, seconds: str, sha256: str) -> dict[str, str]:
        """What the library's manifest.csv says about a part that was made."""
        name = source.class_name
        said = {key: getattr(source, key) for key in MANIFEST_COLUMNS if hasattr(source, key)}
        return said | {
            "class": name,
            "tier": self.tiers.get(name, ""),
            "seconds": seconds,
            "path_in_package": source.source,
            "sha256": sha256,
        }


def read_rows(path: Path, hint: str = TABLE_HINT) -> list[dict[str, str]]:
    """The rows of a CSV file. Raises: InputError if there is none, with what to do."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise InputError(f"{path}: no such file; {hint}") from None


def group_by_package(sources: Sequence[PartSource]) -> dict[tuple[str, str], list[PartSource]]:
    """The parts of each package and version, in the order of the table."""
    found: dict[tuple[str, str], list[PartSource]] = {}
    for source in sources:
        found.setdefault((source.package, source.version), []).append(source)
    return found


def _read_source(row: dict[str, str], versions: dict[str, str]) -> PartSource:
    group = row["group"] or PurePosixPath(row["path"]).stem
    return PartSource(**(row | {"group": group}), version=versions[row["package"]])
