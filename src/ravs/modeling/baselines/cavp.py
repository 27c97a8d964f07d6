"""CAVP: a pyramid over the pixels, one block of attention to the audio, a contrastive loss (Chen et al., CVPR 2024)."""

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config import BaselineConfig
from ravs.config.baselines import check_heads
from ravs.config.labels import IGNORE_INDEX
from ravs.config.validation import check_count
from ravs.modeling.alignment.cross_attention import to_maps, to_tokens
from ravs.modeling.baselines.base import AudioVector, BaselineModel, ClipBatch, init_background_bias
from ravs.modeling.baselines.cavp_contrast import info_nce, pair_frames, sample_pixels
from ravs.modeling.outputs import Targets
from ravs.modeling.shapes import ClassMaps, FeatureMap, Masks, VisualTokens

DILATIONS = (3, 6, 9)  # at stride 32, which reach as far as the published 6, 12, 18 at stride 16
# Batches differ, so that the draws of the contrastive loss need not, and the loss is a function of its inputs.
PAIRING_SEED = 0


def conv_norm_relu(inputs: int, outputs: int, kernel: int, slope: float, dilation: int = 1) -> nn.Sequential:
    """Convolution without bias, batch norm, and a leaky ReLU of this slope."""
    conv = nn.Conv2d(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(slope))


class DeepLabPyramid(nn.Module):
    """DeepLabV3+: dilated convolutions and a mean over the coarsest map, joined with a few channels of the finest.

    Ours: our encoders end at stride 32, where the published ones are dilated to stride 16 or 8. The mean has
    no batch norm, since a batch of one frame gives it none.
    """

    def __init__(self, *, channels: tuple[int, ...], width: int, low_width: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                conv_norm_relu(channels[-1], width, 1, 0.01),
                *(conv_norm_relu(channels[-1], width, 3, 0.01, dilation) for dilation in DILATIONS),
            ]
        )
        self.mean = nn.Sequential(nn.Conv2d(channels[-1], width, 1), nn.LeakyReLU())
        self.reduce = conv_norm_relu(5 * width, width, 1, 0.01)
        self.low = conv_norm_relu(channels[0], low_width, 1, 0.0)

    def forward(self, maps: list[Tensor]) -> FeatureMap:
        """Four maps to one at stride 4: frames, width + low_width, height, width."""
        coarse = maps[-1]
        mean = self.mean(coarse.mean(dim=(2, 3), keepdim=True)).expand(-1, -1, *coarse.shape[-2:])
        joined = self.reduce(torch.cat([*(branch(coarse) for branch in self.branches), mean], dim=1))
        larger = F.interpolate(joined, maps[0].shape[-2:], mode="bilinear", align_corners=True)
        return torch.cat([larger, self.low(maps[0])], dim=1)


class CavpFusion(nn.Module):
    """One block in which each pixel takes from the audio what a sigmoid, not a softmax, lets through, head by head.

    Left out: the audio's own update from the pixels, which nothing reads after a single block.
    """

    def __init__(self, *, width: int, hidden: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.pixels = nn.Sequential(
            nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width), nn.Linear(width, width)
        )
        self.sound = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)  # of both
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.output = nn.Linear(width, width)
        self.feed_forward = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.last_norm = nn.LayerNorm(width)

    def forward(self, pixels: VisualTokens, audio: Float[Tensor, "frames channels"]) -> VisualTokens:
        """Shapes of the pixels stay."""
        pixels, audio = self.norm(self.pixels(pixels)), self.norm(self.sound(audio)).unsqueeze(1)
        query, key, value = (
            layer(tokens).unflatten(-1, (self.num_heads, -1))  # frames, pixels or one, heads, width / heads
            for layer, tokens in ((self.query, pixels), (self.key, audio), (self.value, audio))
        )
        weight = ((query * key).sum(dim=-1, keepdim=True) * query.shape[-1] ** -0.5).sigmoid()
        pixels = pixels + self.output((weight * value).flatten(2))
        fused: Tensor = self.last_norm(pixels + self.feed_forward(pixels))
        return fused


@dataclass(frozen=True)
class CavpCache:
    """What the contrastive loss needs: pixels before and after the fusion, the audio, and the map's size."""

    pixels: Tensor  # frames, pixels, channels
    fused: Tensor
    audio: Tensor  # frames, channels
    size: tuple[int, int]


@no_type_check
class CAVPConfig(BaselineConfig):
    """CAVP (Chen et al., CVPR 2024). `decoder_width` is that of pyramid and head; pixels have low_width more."""

    model_type = "cavp"
    sizes: ClassVar = {
        "tiny": {"decoder_width": 96, "low_width": 24, "contrast_pixels": 128},
        "debug": {"decoder_width": 16, "low_width": 8, "attention_heads": 2, "contrast_pixels": 12},
    }

    low_width: int = 48  # channels taken from stride 4
    attention_heads: int = 4
    contrast_pixels: int = 512  # drawn of each class in a batch
    auxiliary_weight: float = 1.0  # of the contrastive loss

    def _check_pairs(self) -> None:
        super()._check_pairs()
        for key in ("low_width", "attention_heads", "contrast_pixels"):
            check_count(key, getattr(self, key))
        check_heads(self.decoder_width + self.low_width, self.attention_heads)


class CAVP(BaselineModel):
    """CAVP on the shared base. Frames are independent of each other."""

    config_class = CAVPConfig
    class_rows: ClassVar = {"classify.weight": 1, "classify.bias": 1}

    def __init__(self, config: CAVPConfig) -> None:
        super().__init__(config)
        width, joined = config.decoder_width, config.decoder_width + config.low_width
        self.sound = nn.Linear(self.audio_encoder.channels, joined)
        self.pyramid = DeepLabPyramid(channels=self.visual_encoder.channels, width=width, low_width=config.low_width)
        self.fusion = CavpFusion(width=joined, hidden=width, num_heads=config.attention_heads)
        self.head = nn.Sequential(conv_norm_relu(joined, width, 3, 0.0), conv_norm_relu(width, width, 3, 0.0))
        self.classify = nn.Conv2d(width, config.num_classes, 1)
        init_background_bias(self.classify)
        self.finish_init()

    def fuse(self, maps: list[Tensor], audio: AudioVector, clips: ClipBatch) -> tuple[ClassMaps, CavpCache]:
        """As the base class says; logits are at stride 4, which the published head enlarges as the losses here do."""
        joined = self.add_positions(self.pyramid(maps))
        pixels, projected = to_tokens(joined), self.sound(audio)
        fused = self.fusion(pixels, projected)
        logits: Tensor = self.classify(self.head(to_maps(fused, joined)))
        return logits, CavpCache(pixels, fused, projected, (joined.shape[-2], joined.shape[-1]))

    def auxiliary_loss(self, cache: CavpCache, prediction: ClassMaps, masks: Masks, targets: Targets) -> Tensor:
        """The contrastive loss: a second pass with the audio of other frames, and pixels drawn from both."""
        generator = torch.Generator().manual_seed(PAIRING_SEED)
        labels = F.interpolate(targets.masks[:, None].float(), cache.size, mode="nearest-exact")[:, 0].long()
        labels = labels.masked_fill(~targets.valid[:, None, None], IGNORE_INDEX)
        pairing = pair_frames(labels, prediction.shape[1], generator)
        shuffled = self.fusion(cache.pixels, cache.audio[pairing.other])
        count = self.config.contrast_pixels
        flat = (cache.fused.flatten(0, 1), labels.flatten(), shuffled.flatten(0, 1), pairing.labels.flatten())
        return info_nce(*sample_pixels(*flat, count, generator))

    def parts(self) -> dict[str, nn.Module]:
        """The audio encoder, the pyramid, the fusion and the head."""
        return super().parts() | {"pyramid": self.pyramid, "fusion": self.fusion, "head": self.head}
