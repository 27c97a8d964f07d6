"""AVSegFormer: audio queries over deformable pixel attention, and a channel mixer (Gao et al., AAAI 2024)."""

import math
from typing import Any, ClassVar, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config import BaselineConfig
from ravs.config.baselines import check_heads
from ravs.config.labels import IGNORE_INDEX
from ravs.config.validation import check_count, check_number
from ravs.modeling.alignment.cross_attention import to_tokens
from ravs.modeling.baselines.avsegformer_queries import QueryGenerator, QueryLayer, QueryMaskHead
from ravs.modeling.baselines.base import AudioVector, BaselineModel, ClipBatch
from ravs.modeling.baselines.deformable_attention import DeformableEncoder
from ravs.modeling.outputs import Targets
from ravs.modeling.shapes import ClassMaps, FeatureMap, Masks

TINY_SIZES = {
    "decoder_width": 96,
    "encoder_layers": 2,
    "query_layers": 2,
    "decoder_layers": 2,
    "attention_heads": 6,
    "num_queries": 100,
    "feed_forward_width": 384,
    "query_feed_forward_width": 192,
}
DEBUG_SIZES = {
    "decoder_width": 16,
    "encoder_layers": 1,
    "query_layers": 1,
    "decoder_layers": 1,
    "attention_heads": 2,
    "attention_points": 2,
    "num_queries": 5,
    "feed_forward_width": 24,
    "query_feed_forward_width": 24,
}


class ChannelMixer(nn.Module):
    """A gate for each channel of the mask feature: the audio attends to all positions, a sigmoid gives the gate."""

    def __init__(self, *, width: int, num_heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, num_heads, batch_first=True)
        self.gate = nn.Linear(width, width)

    def forward(self, feature: FeatureMap, audio: AudioVector) -> FeatureMap:
        """The gated feature."""
        tokens = to_tokens(feature)
        attended, _ = self.attention(audio.unsqueeze(1), tokens, tokens, need_weights=False)
        gate = self.gate(attended[:, 0]).sigmoid()
        gated: Tensor = feature * gate[:, :, None, None]
        return gated


def lateral_conv(channels: int, width: int) -> nn.Sequential:
    """A 1×1 convolution and a group norm of 32 groups, or of as many as divide the width."""
    return nn.Sequential(nn.Conv2d(channels, width, 1), nn.GroupNorm(math.gcd(32, width), width))


def squared_dice(probability: Tensor, masks: Masks) -> Float[Tensor, ""]:
    """One minus Dice of sounding pixels, squares in the denominator; 255 is ignored; mean over labelled frames."""
    labelled = masks != IGNORE_INDEX
    truth, probability = (masks > 0) & labelled, probability * labelled
    both = (probability * truth).sum(dim=(1, 2))
    sizes = probability.square().sum(dim=(1, 2)) + truth.sum(dim=(1, 2))
    counted = labelled.flatten(1).any(dim=1)
    return ((1 - 2 * both / (sizes + 0.002)) * counted).sum() / counted.sum().clamp(min=1)


@no_type_check
class AVSegFormerConfig(BaselineConfig):
    """AVSegFormer (Gao et al., AAAI 2024). `decoder_width` is that of queries, tokens and mask feature."""

    model_type = "avsegformer"
    sizes: ClassVar = {"tiny": TINY_SIZES, "debug": DEBUG_SIZES}

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


class AVSegFormer(BaselineModel):
    """AVSegFormer on the shared base. Frames are independent of each other."""

    config_class = AVSegFormerConfig
    class_rows: ClassVar = {"output.classify.weight": 1}

    def __init__(self, config: AVSegFormerConfig) -> None:
        super().__init__(config)
        width, heads, dropout = config.decoder_width, config.attention_heads, config.dropout
        channels = self.visual_encoder.channels
        self.sound = nn.Linear(self.audio_encoder.channels, width)
        self.laterals = nn.ModuleList(lateral_conv(channel, width) for channel in channels)
        sizes: dict[str, Any] = {"width": width, "num_heads": heads, "dropout": dropout}
        self.pixels = DeformableEncoder(
            **sizes,
            num_points=config.attention_points,
            num_layers=config.encoder_layers,
            feed_forward=config.feed_forward_width,
        )
        self.generator = QueryGenerator(
            **sizes,
            num_queries=config.num_queries,
            num_layers=config.query_layers,
            feed_forward=config.query_feed_forward_width,
        )
        self.learned = nn.Parameter(torch.randn(config.num_queries, width))  # added to the generated queries
        self.decoder = nn.ModuleList(
            QueryLayer(**sizes, feed_forward=config.feed_forward_width, bias=True) for _ in range(config.decoder_layers)
        )
        self.smooth = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(math.gcd(32, width), width), nn.ReLU()
        )
        self.mixer = ChannelMixer(width=width, num_heads=heads)
        self.output = QueryMaskHead(
            num_queries=config.num_queries,
            width=width,
            hidden=config.feed_forward_width,
            num_classes=config.num_classes,
        )
        self.finish_init()

    def fuse(self, maps: list[Tensor], audio: AudioVector, clips: ClipBatch) -> tuple[ClassMaps, Tensor]:
        """As the base class says; the gated mask feature is what the auxiliary loss needs."""
        projected = self.sound(audio)
        finest, *coarser = (self.add_positions(layer(stage)) for layer, stage in zip(self.laterals, maps, strict=True))
        memory = self.pixels(coarser)
        queries = self.generator(projected) + self.learned
        keys = torch.cat([to_tokens(one) for one in memory], dim=1)
        for layer in self.decoder:
            queries = layer(queries, keys)
        feature = self.smooth(finest + F.interpolate(memory[0], finest.shape[-2:], mode="bilinear"))
        feature = self.mixer(feature, projected)
        return self.output(queries, feature, clips.size), feature

    def auxiliary_loss(self, cache: Tensor, prediction: ClassMaps, masks: Masks, targets: Targets) -> Tensor:
        """Dice of the channel mean of the gated mask feature against all sounding pixels."""
        mean = F.interpolate(cache.float().mean(dim=1, keepdim=True), masks.shape[-2:], mode="bilinear")
        return squared_dice(mean[:, 0].sigmoid(), masks)

    def own_loss(self, prediction: ClassMaps, masks: Masks) -> Tensor:
        """Dice in binary sets, cross-entropy in semantic ones."""
        if prediction.shape[1] > 2:
            return super().own_loss(prediction, masks)
        return squared_dice((prediction[:, 1] - prediction[:, 0]).sigmoid(), masks)

    def parts(self) -> dict[str, nn.Module]:
        """The audio encoder and the parts of the fusion."""
        decoder = {f"decoder {index + 1}": module for index, module in enumerate(self.decoder)}
        rest = {"pixels": self.pixels, "queries": self.generator, **decoder, "mixer": self.mixer, "output": self.output}
        return super().parts() | rest
