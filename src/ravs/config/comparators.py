"""Sizes and choices of the comparators: the shell's keys are RavsConfig's, the fusion's are their own."""

from typing import no_type_check

from transformers import AutoConfig

from ravs.config.method import RavsConfig
from ravs.errors import InputError
from ravs.limits import check_choice, check_count, check_number

LOSSES = ("shared", "own")
ATTENTION_FORMS = ("exact", "published")
NOT_THEIRS = (
    *("audio_tokens", "alignment", "alignment_width", "alignment_layers", "num_groups", "num_neighbors"),
    *("hear_from", "group_labels", "merge_tokens", "remap", "contrastive", "contrastive_positives"),
    *("contrastive_form", "temporal"),
    *("positive_threshold", "response_sharpness", "contrastive_temperature", "contrastive_weight"),
    *("temporal_width", "temporal_heads", "time_encoding", "uncertainty", "uncertainty_scaling"),
)


@no_type_check
class ComparatorConfig(RavsConfig):
    """What comparators share. A key of RAVS's fusion does nothing in them, and changing one is an error.

    loss: `shared` is the loss that RAVS trains with (eq. 2), `own` the published one of the method; its auxiliary loss
    is added to either. position_encoding: `sine` adds the place to the maps that enter the fusion.
    """

    alignment: str = "none"
    contrastive: bool = False
    uncertainty: bool = False
    loss: str = "shared"
    auxiliary_weight: float = 0.1

    def _check_pairs(self) -> None:
        super()._check_pairs()
        for key in NOT_THEIRS:
            if getattr(self, key) != getattr(type(self), key):
                raise InputError(
                    f"{key} is {getattr(self, key)!r}, but {self.model_type} has no such part: leave the key out"
                )
        check_choice("loss", self.loss, LOSSES)
        check_number("auxiliary_weight", self.auxiliary_weight, 0.0, float("inf"))


@no_type_check
class TPAVIConfig(ComparatorConfig):
    """TPAVI (Zhou et al., ECCV 2022). `decoder_width` is that of heads, attention and decoder.

    attention_form: `published` attends from every place to every place of the clip, `exact` to one key a second; both
    give the same.
    """

    model_type = "tpavi"

    attention_form: str = "exact"
    auxiliary_weight: float = 0.5  # of the audio-visual mapping loss

    def _check_pairs(self) -> None:
        super()._check_pairs()
        check_choice("attention_form", self.attention_form, ATTENTION_FORMS)


@no_type_check
class AVSegFormerConfig(ComparatorConfig):
    """AVSegFormer (Gao et al., AAAI 2024). `decoder_width` is that of queries, tokens and mask feature."""

    model_type = "avsegformer"

    num_queries: int = 300
    encoder_layers: int = 6  # of deformable attention
    query_layers: int = 6
    decoder_layers: int = 6
    attention_heads: int = 8
    attention_points: int = 4  # of deformable attention, by head and level
    feed_forward_width: int = 2048  # of encoder, decoder and the maps' perceptron
    query_feed_forward_width: int = 1024
    dropout: float = 0.1
    auxiliary_weight: float = 0.1  # of Dice on the mean mask feature

    def _check_pairs(self) -> None:
        super()._check_pairs()
        for key in (
            *("num_queries", "encoder_layers", "query_layers", "decoder_layers", "attention_heads"),
            *("attention_points", "feed_forward_width", "query_feed_forward_width"),
        ):
            check_count(key, getattr(self, key))
        check_number("dropout", self.dropout, 0.0, 1.0)
        check_heads(self.decoder_width, self.attention_heads)


@no_type_check
class CAVPConfig(ComparatorConfig):
    """CAVP (Chen et al., CVPR 2024). `decoder_width` is that of pyramid and head; pixels have low_width more."""

    model_type = "cavp"

    low_width: int = 48  # channels taken from stride 4
    attention_heads: int = 4
    contrast_pixels: int = 512  # drawn of each class in a batch
    auxiliary_weight: float = 1.0  # of the contrast

    def _check_pairs(self) -> None:
        super()._check_pairs()
        for key in ("low_width", "attention_heads", "contrast_pixels"):
            check_count(key, getattr(self, key))
        check_heads(self.decoder_width + self.low_width, self.attention_heads)


def check_heads(width: int, heads: int) -> None:
    """Raises: InputError where a width cannot be shared among the heads."""
    if width % heads:
        raise InputError(f"attention_heads is {heads}, which does not divide the width of {width}")


for _kind in (TPAVIConfig, AVSegFormerConfig, CAVPConfig):
    AutoConfig.register(_kind.model_type, _kind)
