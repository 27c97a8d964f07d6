"""Configuration of class matching: the sizes of what is learned."""

from typing import no_type_check

from ravs.config import RavsConfig
from ravs.config.baselines import RAVS_ONLY_KEYS, check_unused_keys
from ravs.config.validation import check_choice, check_count, check_number
from ravs.errors import InputError
from ravs.modeling.matching.sight_net import GROUPS

VISUAL_ENCODERS = ("efficientnet-lite0", "debug")  # ImageNet's classifier belongs to the first
AUDIO_ENCODERS = ("yamnet-panorama", "yamnet", "aisfx", "vggish", "htsat")  # frozen, with one vector a second
UNUSED_KEYS = (
    *RAVS_ONLY_KEYS,
    *("audio_width", "audio_directions", "stereo", "position_encoding", "decoder_width", "tagging_weight"),
)


@no_type_check
class ClassMatchingConfig(RavsConfig):
    """Widths of the parts that are learned, and how much the seconds beside each count in what is heard."""

    model_type = "class-matching"

    visual_encoder: str = "efficientnet-lite0"
    audio_encoder: str = "yamnet-panorama"
    alignment: str = "none"
    contrastive: bool = False
    projection_width: int = 64  # of each map of the visual encoder
    sight_width: int = 96  # of the sight network's blocks, a multiple of 8
    sight_depth: int = 2
    head_width: int = 64  # of the mask head's blocks, a multiple of 8
    detail_width: int = 16  # of the fine map in the mask head
    class_map_share: float = 0.25  # of ImageNet's class maps in which class is in view; the sight network has the rest
    neighbor_weight: float = 0.0  # of the seconds before and after in the logits of what is heard; its own is 1

    def _check_pairs(self) -> None:
        super()._check_pairs()
        check_unused_keys(self, UNUSED_KEYS)
        check_choice("visual_encoder", self.visual_encoder, VISUAL_ENCODERS)
        check_choice("audio_encoder", self.audio_encoder, AUDIO_ENCODERS)
        for key in ("projection_width", "sight_width", "sight_depth", "head_width", "detail_width"):
            check_count(key, getattr(self, key))
        for key in ("sight_width", "head_width"):
            if getattr(self, key) % GROUPS:
                raise InputError(
                    f"{key} is {getattr(self, key)}; it must be a multiple of {GROUPS}, for its group norm"
                )
        check_number("class_map_share", self.class_map_share, 0.0, 1.0)
        check_number("neighbor_weight", self.neighbor_weight, 0.0, 1.0)
