"""What a run is trained and validated on: the recipe's section `data`, of composed clips or of a data set.

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
    """Which composed clips are trained on. Pictures are rendered once into a pool, their sound is drawn each epoch.

    Nobody else has such clips: every default is ours, by validation figures of ravs-tiny or by what a CPU can hold.
    How far pictures and sounds are changed is `ravs.training.data.training_clips.ComposedAugmentation`.
    """

    scenes: int = 2400
    renewed: float = 0.1  # share of the scenes that give way to new ones before each epoch but the first
    size: int = 128  # side of the pictures
    seconds: int = 5  # of each clip in a step, a random run of its five
    takes: int = 0  # of each scene, drawn once and kept on disk for all runs; 0: everything is drawn anew each time
    everything: bool = False  # masks show all that is in view, whether or not it sounds: sight alone, step 2 of tiny
    negative: float = 0.1  # how often nothing in view sounds (a part of them has off-screen sound), drawn at each visit
    off_screen: float = 0.1  # how often, in the other clips, something is heard as well that is not in view
    muted: bool = False  # silence every clip: the deaf control
    seed: int = 1
    held_out: str | None = "examples/held_out.csv"  # parts that are never trained on
    shares: dict[str, float] = field(default_factory=lambda: {"ss": 0.3, "ms": 0.3, "msmi": 0.3, "negative": 0.1})
    validation_clips: int = 100  # of each subset on average: four times as many are drawn, of a random subset each
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
    """Which data set is trained on, wherever it lies, and how its clips are changed (ravs.training.augmentation)."""

    set: str = "s4"  # one of SETS
    mono: bool = False  # VPO's recordings are summed instead of panned. [D] both
    seed: int = 1  # of the changes, and of what is held out
    held_out: float = 0.05  # share of the training pictures that validate where the set has no val split (VPO). [ours]
    flip: float = 0.5  # [A, D]
    smallest: float = 0.5  # factors between which a picture is scaled. [D] on VPO
    largest: float = 2.0  # [D] on VPO
    keep: float = 0.6  # least share of what sounds that stays in view. [A]
    brightness: float = 0.2  # these four [A]
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1
    remembered: bool = True  # what a frozen audio encoder says of a clip is kept on disk

    def __post_init__(self) -> None:
        check_choice("data.set", self.set, DATASETS)
        for name in ("held_out", "flip", "keep", "brightness", "contrast", "saturation", "hue"):
            check_number(f"data.{name}", getattr(self, name), 0, 1)
        check_number("data.smallest", self.smallest, 0.01, inf)
        check_number("data.largest", self.largest, self.smallest, inf)
