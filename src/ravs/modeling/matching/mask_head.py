"""From evidence to a mask (ours): a small network with dilated convolutions."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.layers.global_batch import GlobalBatchNorm2d, GlobalDropout2d
from ravs.modeling.matching.evidence import (
    NUM_DIRECTION,
    NUM_EVIDENCE,
    NamedMaps,
    OneMap,
    class_shares,
    direction_maps,
    evidence_maps,
    join_sights,
    rivals,
)
from ravs.modeling.matching.sight_net import FrozenMaps, conv_block, resize_like
from ravs.modeling.matching.sound_classifier import Heard
from ravs.modeling.shapes import ClassMaps

DROPOUT = 0.1
DILATIONS = (1, 2, 4)


class MaskHead(nn.Module):
    """Logit of "sounds" at each position, and the class that it would be. No weight belongs to a class."""

    def __init__(self, *, detail_channels: int, detail_width: int, width: int, class_map_share: float) -> None:
        """Sizes, and how much ImageNet's class maps count in what is in view.

        `detail_channels` are the fine map's, which is reduced to `detail_width` and says where things end.
        """
        super().__init__()
        self.class_map_share = class_map_share
        self.log_temperature = nn.Parameter(torch.zeros(()))
        self.norm = GlobalBatchNorm2d(detail_channels)
        self.dropout = GlobalDropout2d(DROPOUT)
        self.project = nn.Conv2d(detail_channels, detail_width, 1)
        first, *others = DILATIONS
        self.body = nn.Sequential(conv_block(NUM_EVIDENCE + NUM_DIRECTION + detail_width, width, first))
        self.body.extend(conv_block(width, width, dilation) for dilation in others)
        self.classify = nn.Conv2d(width, 1, 1)

    def forward(self, maps: FrozenMaps, view: ClassMaps, heard: Heard) -> tuple[OneMap, NamedMaps]:
        """Logits of sounding, and log P(class | sounds), at the size of the fine map, float32.

        `view`: logits of the sight network, background first.
        """
        log_heard = (heard.logits.float() / self.log_temperature.exp()).log_softmax(1)[:, 1:]
        log_imagenet = resize_like(maps.class_maps.float(), maps.fine)
        log_view = join_sights(view.float().log_softmax(1)[:, 1:], log_imagenet, self.class_map_share)
        evidence = [
            evidence_maps(log_view.exp(), log_imagenet.exp(), log_heard),
            direction_maps(heard.panorama.float(), heard.has_directions.float(), (view.shape[2], view.shape[3])),
            self.project(self.dropout(self.norm(maps.fine))),
        ]
        logits: Tensor = self.classify(self.body(torch.cat(evidence, 1)))
        return logits.float() + rivals(log_view, log_heard), class_shares(log_view, log_heard)


def class_logits(mask: OneMap, names: NamedMaps) -> ClassMaps:
    """Logits of background and the classes whose softmax has P(background) = 1 - sigmoid(mask) exactly.

    Background's is 0, a class's the mask's logit plus log P(class | sounds).
    """
    return torch.cat([torch.zeros_like(mask), mask + names], 1)


def mask_entropy(mask: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Entropy in bits of "sounds", whose logit is given: 1 where both are as likely, 0 where one is certain."""
    return ((F.softplus(mask) - mask * mask.sigmoid()) / math.log(2)).clamp(0, 1)
