"""The library that clips are composed from: its manifest, and its images and sounds, loaded on first use."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Int16, UInt8

from ravs.data.library.format import SAMPLE_RATE_HZ as SAMPLE_RATE_HZ  # of every sound and of every composed clip
from ravs.data.library.format import read_rows
from ravs.data.library.sound_bank import SoundBank, read_mono
from ravs.errors import InputError
from ravs.parallel import ProgressFunction

LIBRARY_HINT = "name the folder that holds manifest.csv and classes.csv with --library DIR"

Rgba = UInt8[np.ndarray, "height width 4"]
Rgb = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryPart:
    """One row of the manifest: a cut-out, a recording, an ambient sound or a background."""

    path: str  # relative to the library, with forward slashes; the part's name everywhere
    kind: str  # cutout, sound, ambient, background
    class_name: str = ""  # empty for ambient sounds and backgrounds
    split: str = ""
    group: str = ""  # of parts made from the same original
    style: str = ""  # photo or drawing
    licence: str = ""
    author: str = ""
    package: str = ""

    @property
    def permissive(self) -> bool:
        """Whether the license lets composed clips be passed on with only a credit line."""
        free = self.licence in ("public-domain", "CC0-1.0")
        return free or (self.licence.startswith("CC-BY-") and not self.licence.startswith("CC-BY-SA"))


@dataclass(frozen=True, kw_only=True)
class Library:
    """The parts of one split, by class. Images and sounds are read on first use and cached.

    `classes` are the classes of a mask: value i + 1 is classes[i]. `extras` are further classes that may be in view,
    always silent, or sound off-screen; masks have them as background.
    """

    root: Path
    classes: tuple[str, ...]
    extras: tuple[str, ...]
    cutouts: dict[str, tuple[LibraryPart, ...]]
    sounds: dict[str, tuple[LibraryPart, ...]]
    ambient: tuple[LibraryPart, ...]
    backgrounds: tuple[LibraryPart, ...]
    _images: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _sounds: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _caches: list[Path] = field(default_factory=list, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the manifest alone: another process opens the same memory-mapped sounds."""
        return self.__dict__ | {"_images": {}, "_sounds": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the memory-mapped sounds that were open."""
        self.__dict__.update(state | {"_caches": []})
        for cache in state["_caches"]:
            self.load_sounds(cache)

    @classmethod
    def read(
        cls,
        root: str | Path,
        split: str = "train",
        *,
        classes: str | Collection[str] = "tier-a",
        extras: bool = False,
        permissive: bool = False,
        held_out: str | Path | None = None,
    ) -> "Library":
        """Read the library in a folder from its manifest.csv and classes.csv.

        Args:
            root: folder of the library.
            split: train or val.
            classes: "tier-a", "all", or the names, in the order of the classes.
            extras: also use every other class of the library, silent in view or off-screen.
            permissive: use only parts whose license is public domain, CC0 or CC-BY.
            held_out: CSV file whose column `path` names parts to leave out, e.g. examples/held_out.csv.

        Raises: InputError if there is no library, or for an unknown class or split.
        """
        folder = Path(root)
        listed = read_rows(folder / "classes.csv", ("index", "class", "tier"), LIBRARY_HINT)
        tiers = {row["class"]: row["tier"] for row in listed if row["index"] != "0"}
        left_out = {row["path"] for row in read_rows(Path(held_out), ("path",), LIBRARY_HINT)} if held_out else set()
        rows = [
            row
            for row in read_rows(folder / "manifest.csv", ("path", "kind", "class", "split"), LIBRARY_HINT)
            if row["split"] == split and row["path"] not in left_out
        ]
        parts = [part for part in map(_read_part, rows) if part.permissive or not permissive]
        if not parts:
            raise InputError(f"{folder}: no part of split {split!r} is left; splits are train and val")
        chosen = _choose_classes(classes, tiers)
        others = tuple(name for name in tiers if name not in chosen) if extras else ()
        return cls(
            root=folder,
            classes=chosen,
            extras=others,
            cutouts=_by_class(parts, "cutout", chosen + others),
            sounds=_by_class(parts, "sound", chosen + others),
            ambient=tuple(part for part in parts if part.kind == "ambient"),
            backgrounds=tuple(part for part in parts if part.kind == "background"),
        )

    def index_of(self, class_name: str) -> int:
        """The value of this class in masks: from 1 on, or 0 for one of the extras."""
        return self.classes.index(class_name) + 1 if class_name in self.classes else 0

    def cutout(self, path: str) -> Rgba:
        """Read a cut-out: RGB and alpha (not premultiplied)."""
        return self._image(path, cv2.IMREAD_UNCHANGED, cv2.COLOR_BGRA2RGBA)

    def background(self, path: str) -> Rgb:
        """Read a background."""
        return self._image(path, cv2.IMREAD_COLOR, cv2.COLOR_BGR2RGB)

    def sound(self, path: str) -> Int16[np.ndarray, " samples"]:
        """Read a recording, mono at 32 kHz."""
        if path not in self._sounds:
            self._sounds[path] = read_mono(self.root / path, SAMPLE_RATE_HZ)
        return self._sounds[path]

    @property
    def fingerprint(self) -> str:
        """Hash of the paths of all parts: libraries with other parts held out differ."""
        groups = (*self.cutouts.values(), *self.sounds.values(), self.ambient, self.backgrounds)
        paths = sorted(part.path for group in groups for part in group)
        return hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]

    def load_sounds(self, cache: str | Path, progress: ProgressFunction | None = None) -> None:
        """Load all sounds from one memory-mapped file in the cache folder, which is written if missing."""
        paths = [part.path for group in (*self.sounds.values(), self.ambient) for part in group]
        self._caches[:] = [Path(cache)]
        bank = SoundBank.open(Path(cache), self.root, paths, SAMPLE_RATE_HZ, progress)
        self._sounds.update({path: bank[path] for path in paths})

    def _image(self, path: str, flags: int, order: int) -> np.ndarray:
        if path not in self._images:
            file = self.root / path
            image = cv2.imread(str(file), flags) if file.is_file() else None  # of no file, OpenCV prints a warning
            if image is None:
                raise InputError(f"{self.root / path}: no such image, though the manifest names it; {LIBRARY_HINT}")
            self._images[path] = cv2.cvtColor(image, order)
        return self._images[path]


def _read_part(row: dict[str, str]) -> LibraryPart:
    if Path(row["path"]).is_absolute() or ".." in Path(row["path"]).parts:
        raise InputError(f"manifest.csv names {row['path']!r}, which leads out of the library: give paths inside it")
    names = ("path", "kind", "split", "group", "style", "licence", "author", "package")
    return LibraryPart(class_name=row["class"], **{name: row.get(name) or "" for name in names})


def _choose_classes(classes: str | Collection[str], tiers: dict[str, str]) -> tuple[str, ...]:
    if classes == "all":
        return tuple(tiers)
    if classes == "tier-a":
        return tuple(name for name, tier in tiers.items() if tier == "A")
    names = tuple(classes.split(",")) if isinstance(classes, str) else tuple(classes)
    for name in names:
        if name not in tiers:
            raise InputError(f"no class {name!r} in the library; its classes are {', '.join(tiers)}, tier-a or all")
    return names


def _by_class(parts: list[LibraryPart], kind: str, names: tuple[str, ...]) -> dict[str, tuple[LibraryPart, ...]]:
    """Parts of each class that has any, in the order of the classes."""
    found = {name: tuple(part for part in parts if (part.kind, part.class_name) == (kind, name)) for name in names}
    return {name: group for name, group in found.items() if group}
