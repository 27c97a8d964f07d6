"""What the configurations of comparators share: the shell's keys are RavsConfig's, the fusion's are their own."""

from typing import Any, ClassVar, no_type_check

from ravs.config.model import RavsConfig
from ravs.config.validation import check_choice, check_number
from ravs.errors import InputError

LOSSES = ("shared", "own")
RAVS_ONLY_KEYS = (
    *("audio_tokens", "alignment", "alignment_width", "alignment_layers", "num_groups", "num_neighbors"),
    *("hear_from", "group_labels", "merge_tokens", "remap", "contrastive", "contrastive_positives"),
    *("contrastive_form", "temporal"),
    *("positive_threshold", "response_sharpness", "contrastive_temperature", "contrastive_weight"),
    *("temporal_width", "temporal_heads", "time_encoding", "uncertainty", "uncertainty_scaling"),
)


@no_type_check
class BaselineConfig(RavsConfig):
    """What comparators share. A key of RAVS's fusion does nothing in them, and changing one is an error.

    loss: `shared` is the loss that RAVS trains with (eq. 2), `own` the published one of the method; its auxiliary loss
    is added to either. position_encoding: `sine` adds the place to the maps that enter the fusion.

    A comparator's configuration lies in the file of its model, with its own keys, their checks in `_check_pairs`, and
    `sizes`: what `tiny`, `debug` and `pvt-v2-b5-vggish` change in its keys, for the presets METHOD-SIZE.
    """

    sizes: ClassVar[dict[str, dict[str, Any]]] = {}

    alignment: str = "none"
    contrastive: bool = False
    uncertainty: bool = False
    loss: str = "shared"
    auxiliary_weight: float = 0.1

    def _check_pairs(self) -> None:
        super()._check_pairs()
        for key in RAVS_ONLY_KEYS:
            if getattr(self, key) != getattr(type(self), key):
                raise InputError(
                    f"{key} is {getattr(self, key)!r}, but {self.model_type} has no such part: leave the key out"
                )
        check_choice("loss", self.loss, LOSSES)
        check_number("auxiliary_weight", self.auxiliary_weight, 0.0, float("inf"))


def check_heads(width: int, heads: int) -> None:
    """Raises: InputError where a width cannot be shared among the heads."""
    if width % heads:
        raise InputError(f"attention_heads is {heads}, which does not divide the width of {width}")
