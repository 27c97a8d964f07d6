"""The parts table: from which file of which package, at which version, each part is made, with its author."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from ravs.data.library.format import read_rows

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


@dataclass(frozen=True, kw_only=True, slots=True)
class PartSource:
    """A part of the library and its origin: one row of parts.csv."""

    path: str  # in the library, with forward slashes
    split: str
    group: str  # of parts made from the same original; the file's name where the table leaves it empty
    style: str  # photo or drawing; empty for sounds
    package: str
    version: str
    source: str  # in the package: FILE, OUTER!INNER, FOLDER/{A,B}, or SOUNDFONT!BANK:PROGRAM
    how: str  # special processing; see `ravs.data.library.builder.make_part`
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
        """Its class; empty for ambient sounds and backgrounds."""
        return self.path.split("/")[1] if self.kind in ("cutout", "sound") else ""


@dataclass(frozen=True, kw_only=True)
class PartsTable:
    """Every part, and the classes in their order."""

    folder: Path
    sources: tuple[PartSource, ...]
    classes: tuple[tuple[int, str, str], ...]  # index, class, tier

    @classmethod
    def read(cls, folder: Path = TABLE_FOLDER) -> "PartsTable":
        """Read the table of a folder with parts.csv, packages.csv, classes.csv and masks/. Raises: InputError."""
        packages = read_rows(folder / "packages.csv", ("package", "version"))
        versions = {row["package"]: row["version"] for row in packages}
        listed = read_rows(folder / "classes.csv", ("index", "class", "tier"))
        classes = tuple((int(row["index"]), row["class"], row["tier"]) for row in listed)
        sources = tuple(_read_source(row, versions) for row in read_rows(folder / "parts.csv", ("path", "package")))
        return cls(folder=folder, sources=sources, classes=classes)

    @cached_property
    def tiers(self) -> dict[str, str]:
        """Tier A or B, by class."""
        return {name: tier for _, name, tier in self.classes}

    def manifest_row(self, source: PartSource, seconds: str, sha256: str) -> dict[str, str]:
        """The row of a part in the library's manifest.csv."""
        name = source.class_name
        values = {key: getattr(source, key) for key in MANIFEST_COLUMNS if hasattr(source, key)}
        return values | {
            "class": name,
            "tier": self.tiers.get(name, ""),
            "seconds": seconds,
            "path_in_package": source.source,
            "sha256": sha256,
        }


def group_by_package(sources: Sequence[PartSource]) -> dict[tuple[str, str], list[PartSource]]:
    """The parts of each package and version, in the order of the table."""
    found: dict[tuple[str, str], list[PartSource]] = {}
    for source in sources:
        found.setdefault((source.package, source.version), []).append(source)
    return found


def _read_source(row: dict[str, str], versions: dict[str, str]) -> PartSource:
    group = row["group"] or PurePosixPath(row["path"]).stem
    return PartSource(**(row | {"group": group}), version=versions[row["package"]])
