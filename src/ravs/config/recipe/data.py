"""The recipe's section `data`: composed clips, or a data set (with the key `set`).

Sources, as in ravs.config.recipe.training: [A] DDESeg; [D] CAVP; [ours].
"""

from dataclasses import dataclass, field
from math import inf

from ravs.config.validation import check_choice, check_counts, check_number
from ravs.errors import InputError

DATASETS = ("s4", "ms3", "avss", "vpo-ss", "vpo-ms", "vpo-msmi", "composed")
SUBSETS = ("ss", "ms", "msmi", "negative")
CLIP_SECONDS = 5  # of every composed clip


@dataclass(frozen=True, kw_only=True)
class ComposedDataRecipe:
    """Composed clips to train on. Frames are rendered once into a pool; their audio is drawn again each epoch.

    Every default is ours, chosen by validation metrics of ravs-tiny or by what a CPU can hold. How far images and
    audio are augmented is in `ravs.training.data.training_clips.ComposedAugmentation`.
    """

    scenes: int = 2400
    renewed: float = 0.1  # share of the scenes replaced before each epoch but the first
    size: int = 128  # side of the frames, pixels
    seconds: int = 5  # of each clip in a step: a random window of its five
    takes: int = 0  # clips per scene, drawn once and cached on disk for all runs; 0: drawn again at each visit
    everything: bool = False  # masks show all that is in view, sounding or not: step 2 of ravs-tiny
    negative: float = 0.1  # how often nothing in view sounds (part of these have off-screen audio), drawn at each visit
    off_screen: float = 0.1  # how often other clips also have audio from off-screen
    muted: bool = False  # silence every clip: the control without audio
    seed: int = 1
    held_out: str | None = "examples/held_out.csv"  # library parts that are never trained on
    shares: dict[str, float] = field(default_factory=lambda: {"ss": 0.3, "ms": 0.3, "msmi": 0.3, "negative": 0.1})
    validation_clips: int = 100  # per subset on average: four times as many are drawn, each from a random subset
    validation_size: int = 128
    validation_seed: int = 100

    def __post_init__(self) -> None:
        check_counts("data", self, "scenes", "size", "seconds", "validation_clips", "validation_size")
        if self.seconds > CLIP_SECONDS:
            raise InputError(f"data.seconds is {self.seconds}; a composed clip has {CLIP_SECONDS}")
        if self.takes:
            check_counts("data", self, "takes")
        for key in ("renewed", "negative", "off_screen"):
            check_number(f"data.{key}", getattr(self, key), 0, 1)
        if not set(self.shares) <= set(SUBSETS):
            raise InputError(f"data.shares is {self.shares!r}; it must give a share to some of {', '.join(SUBSETS)}")
        for name, share in self.shares.items():
            check_number(f"data.shares.{name}", share, 0, 1)
        if not any(self.shares.values()):
            raise InputError(f"data.shares is {self.shares!r}; at least one subset needs a share above 0")


@dataclass(frozen=True, kw_only=True)
class DatasetRecipe:
    """A data set to train on, and how its clips are augmented (ravs.training.augmentation)."""

    set: str = "s4"  # one of DATASETS
    mono: bool = False  # sum VPO's recordings instead of panning them. [D] both
    seed: int = 1  # of the augmentation, and of what is held out
    held_out: float = 0.05  # share of the training images held out for validation without a val split (VPO). [ours]
    flip: float = 0.5  # [A, D]
    smallest: float = 0.5  # least scale factor. [D] on VPO
    largest: float = 2.0  # greatest scale factor. [D] on VPO
    keep: float = 0.6  # least share of the sounding objects that stays in view. [A]
    brightness: float = 0.2  # these four [A]
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1
    remembered: bool = True  # cache a frozen audio encoder's features on disk

    def __post_init__(self) -> None:
        check_choice("data.set", self.set, DATASETS)
        for name in ("held_out", "flip", "keep", "brightness", "contrast", "saturation", "hue"):
            check_number(f"data.{name}", getattr(self, name), 0, 1)
        check_number("data.smallest", self.smallest, 0.01, inf)
        check_number("data.largest", self.largest, self.smallest, inf)
