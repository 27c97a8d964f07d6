"""What a recipe says of its clips: composed from a library, or those of a data set of the field."""

from dataclasses import dataclass, field
from math import inf
from typing import Any

from ravs.errors import InputError
from ravs.limits import check_number, is_count

SUBSETS = ("ss", "ms", "msmi", "negative")
CLIP_SECONDS = 5  # of every composed clip
SETS = ("s4", "ms3", "avss", "vpo-ss", "vpo-ms", "vpo-msmi", "composed")


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """Which composed clips are trained on. Pictures are rendered once into a pool, their sound is drawn each epoch."""

    scenes: int = 2400
    renewed: float = 0.1  # share of the scenes that give way to new ones before each epoch but the first
    size: int = 128  # side of the pictures
    seconds: int = 5  # of each clip in a step, a random run of its five
    everything: bool = False  # masks show all that is in view, whether or not it sounds: sight alone, step 2 of tiny
    muted: bool = False  # silence every clip: the deaf control
    seed: int = 1
    held_out: str | None = "examples/held_out.csv"  # parts that are never trained on
    shares: dict[str, float] = field(default_factory=lambda: {"ss": 0.3, "ms": 0.3, "msmi": 0.3, "negative": 0.1})
    validation_clips: int = 100  # of each subset
    validation_size: int = 128
    validation_seed: int = 100

    def __post_init__(self) -> None:
        check_counts("data", self, "scenes", "size", "seconds", "validation_clips", "validation_size")
        if self.seconds > CLIP_SECONDS:
            raise InputError(f"data.seconds is {self.seconds}; a composed clip has {CLIP_SECONDS}")
        check_number("data.renewed", self.renewed, 0, 1)
        if not set(self.shares) <= set(SUBSETS):
            raise InputError(f"data.shares is {self.shares!r}; it must give a share to some of {', '.join(SUBSETS)}")
        for name, share in self.shares.items():
            check_number(f"data.shares.{name}", share, 0, 1)


@dataclass(frozen=True, kw_only=True)
class SetRecipe:
    """Which data set is trained on, wherever it lies, and how its clips are changed (see ravs.data.augment)."""

    set: str = "s4"  # one of SETS
    mono: bool = False  # VPO's recordings are summed instead of panned
    seed: int = 1  # of the changes, and of what is held out
    held_out: float = 0.05  # share of the training pictures that validate where the set has no val split (VPO)
    flip: float = 0.5
    smallest: float = 0.5  # factors between which a picture is scaled
    largest: float = 2.0
    keep: float = 0.6
    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1
    remembered: bool = True  # what a frozen audio encoder says of a clip is kept on disk

    def __post_init__(self) -> None:
        if self.set not in SETS:
            raise InputError(f"data.set is {self.set!r}; it must be one of {', '.join(SETS)}")
        for name in ("held_out", "flip", "keep", "brightness", "contrast", "saturation", "hue"):
            check_number(f"data.{name}", getattr(self, name), 0, 1)
        check_number("data.smallest", self.smallest, 0.01, inf)
        check_number("data.largest", self.largest, self.smallest, inf)


def check_counts(section: str, recipe: Any, *names: str) -> None:
    """Raises: InputError for the first of these keys that is no whole number of at least 1."""
    for name in names:
        if not is_count(getattr(recipe, name)):
            raise InputError(f"{section}.{name} is {getattr(recipe, name)!r}; it must be a whole number of at least 1")
