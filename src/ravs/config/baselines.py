"""Configuration that the baselines share: RavsConfig's keys, without those of RAVS's own fusion."""

from collections.abc import Iterable
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
    """Base configuration of the baselines. RAVS's fusion keys have no effect in them, and changing one is an error.

    loss: `shared` is the loss that RAVS trains with (eq. 2), `own` the method's published loss; its auxiliary loss is
    added to either. position_encoding: `sine` adds a position encoding to the maps that enter the fusion.

    Each baseline's configuration is defined beside its model, with its own keys, their checks in `_check_pairs`, and
    `sizes`: the values of these keys in the presets METHOD-SIZE, for `tiny`, `debug` and `pvt-v2-b5-vggish`.
    """

    sizes: ClassVar[dict[str, dict[str, Any]]] = {}

    alignment: str = "none"
    contrastive: bool = False
    uncertainty: bool = False
    loss: str = "shared"
    auxiliary_weight: float = 0.1

    def _check_pairs(self) -> None:
        super()._check_pairs()
        check_unused_keys(self, RAVS_ONLY_KEYS)
        check_choice("loss", self.loss, LOSSES)
        check_number("auxiliary_weight", self.auxiliary_weight, 0.0, float("inf"))


def check_unused_keys(config: RavsConfig, keys: Iterable[str]) -> None:
    """Raises: InputError for the first of these keys that has another value than its default."""
    for key in keys:
        if getattr(config, key) != getattr(type(config), key):
            raise InputError(
                f"{key} is {getattr(config, key)!r}, but {config.model_type} has no such part: leave the key out"
            )


def check_heads(width: int, heads: int) -> None:
    """Raises: InputError if the heads do not divide the width."""
    if width % heads:
        raise InputError(f"attention_heads is {heads}, which does not divide the width of {width}")
