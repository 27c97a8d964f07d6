"""A data set of the field to train on: the recipe's section `data` where it has the key `set`.

Sources, as in ravs.config.recipe.training: [A] DDESeg; [D] CAVP; [ours].
"""

from dataclasses import dataclass
from math import inf

from ravs.config.recipe.checks import check_choice
from ravs.config.validation import check_number

DATASETS = ("s4", "ms3", "avss", "vpo-ss", "vpo-ms", "vpo-msmi", "composed")


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
