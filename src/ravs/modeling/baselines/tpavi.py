"""TPAVI: audio-visual segmentation by attention over all positions of all seconds (Zhou et al., ECCV 2022)."""

from dataclasses import dataclass
from typing import ClassVar, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config import BaselineConfig
from ravs.config.validation import check_choice
from ravs.modeling.baselines.base import AudioVector, BaselineModel, ClipBatch, init_background_bias
from ravs.modeling.baselines.tpavi_attention import TemporalPixelwiseInteraction
from ravs.modeling.outputs import Targets
from ravs.modeling.shapes import ClassMaps, FeatureMap, Masks

DILATIONS = (3, 6, 12, 18)
ATTENTION_FORMS = ("exact", "published")


class DilatedHead(nn.Module):
    """Sum of four parallel 3×3 convolutions of growing dilation."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        convs = [nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation) for dilation in DILATIONS]
        for conv in convs:
            nn.init.normal_(conv.weight, std=0.01)
        self.convs = nn.ModuleList(convs)

    def forward(self, maps: FeatureMap) -> Tensor:
        """Shapes: frames, channels, height, width to frames, width of ours, height, width."""
        first, *others = (conv(maps) for conv in self.convs)
        total: Tensor = sum(others, first)
        return total


class ResidualUnit(nn.Module):
    """Two 3×3 convolutions behind ReLUs. The published ReLU is in place, so that the skip is rectified, too."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, maps: FeatureMap) -> FeatureMap:
        """Shapes stay."""
        rectified = F.relu(maps)
        out: Tensor = rectified + self.second(F.relu(self.first(rectified)))
        return out


class TpaviDecoder(nn.Module):
    """Decodes from the coarsest map to the finest, then to the image's size by two steps of doubling.

    Ours: sizes that no doubling gives are reached by interpolation; the coarsest map has no unit of its own, which the
    published code holds and never runs.
    """

    def __init__(self, *, width: int, num_classes: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(ResidualUnit(width) for _ in range(3))  # of strides 4, 8, 16
        self.merged = nn.ModuleList(ResidualUnit(width) for _ in range(4))
        self.narrow = nn.Conv2d(width, width // 2, 3, padding=1)
        self.narrower = nn.Conv2d(width // 2, width // 8, 3, padding=1)
        self.classify = nn.Conv2d(width // 8, num_classes, 1)
        init_background_bias(self.classify)

    def forward(self, maps: list[Tensor], size: tuple[int, int]) -> ClassMaps:
        """Four maps to class logits at the image's size."""
        merged: Tensor = self.merged[3](maps[3])
        for stage in (2, 1, 0):
            merged = resize_corners_aligned(merged, (maps[stage].shape[-2], maps[stage].shape[-1]))
            merged = self.merged[stage](merged + self.lateral[stage](maps[stage]))
        merged = self.narrow(resize_corners_aligned(merged, (-(-size[0] // 2), -(-size[1] // 2))))
        merged = F.interpolate(merged, size, mode="bilinear")
        logits: Tensor = self.classify(F.relu(self.narrower(merged)))
        return logits


def resize_corners_aligned(maps: FeatureMap, size: tuple[int, int]) -> Tensor:
    """A map interpolated to another size with aligned corners."""
    return F.interpolate(maps, size, mode="bilinear", align_corners=True)


@dataclass(frozen=True)
class TpaviCache:
    """What the mapping loss needs: maps and audio of each stage."""

    maps: list[Tensor]
    audio: list[Tensor]


def mapping_loss(maps: FeatureMap, audio: Float[Tensor, "frames channels"], foreground: Tensor) -> Tensor:
    """Kullback-Leibler divergence of the audio's distribution over the channels from the foreground's, by frame.

    `foreground` weighs each position of the map: frames, 1, height, width.
    """
    pooled = (F.relu(maps) * foreground).mean(dim=(2, 3)).float()
    of_maps, of_audio = pooled.log_softmax(dim=1), audio.float().log_softmax(dim=1)
    return F.kl_div(of_maps, of_audio, log_target=True, reduction="none").sum(dim=1)


@no_type_check
class TPAVIConfig(BaselineConfig):
    """TPAVI (Zhou et al., ECCV 2022). `decoder_width` is that of heads, attention and decoder.

    attention_form: `published` attends from every position to every position of the clip, `exact` to one key a second;
    both give the same.
    """

    model_type = "tpavi"
    sizes: ClassVar = {"tiny": {"decoder_width": 64}, "debug": {"decoder_width": 16}}

    attention_form: str = "exact"
    auxiliary_weight: float = 0.5  # of the audio-visual mapping loss

    def _check_pairs(self) -> None:
        super()._check_pairs()
        check_choice("attention_form", self.attention_form, ATTENTION_FORMS)


class TPAVI(BaselineModel):
    """TPAVI on the shared base: dilated heads, interaction with the audio at four stages, decoder, mapping loss."""

    config_class = TPAVIConfig
    class_rows: ClassVar = {"decoder.classify.weight": 1, "decoder.classify.bias": 1}

    def __init__(self, config: TPAVIConfig) -> None:
        super().__init__(config)
        width, audio_channels = config.decoder_width, self.audio_encoder.channels
        self.heads = nn.ModuleList(DilatedHead(channels, width) for channels in self.visual_encoder.channels)
        self.interactions = nn.ModuleList(
            TemporalPixelwiseInteraction(width=width, audio_channels=audio_channels, form=config.attention_form)
            for _ in range(4)
        )
        self.decoder = TpaviDecoder(width=width, num_classes=config.num_classes)
        self.finish_init()

    def fuse(self, maps: list[Tensor], audio: AudioVector, clips: ClipBatch) -> tuple[ClassMaps, TpaviCache]:
        """As the base class says; padded seconds are not attended to (the published code counts them as zeros)."""
        counted = clips.valid if clips.valid is not None else audio.new_ones(clips.num_clips, clips.seconds)
        share = counted.to(audio.dtype) / counted.sum(dim=1, keepdim=True).clamp(min=1)
        cache = TpaviCache([], [])
        for stage, head, interaction in zip(maps, self.heads, self.interactions, strict=True):
            changed, projected = interaction(self.add_positions(head(stage)), audio, share)
            cache.maps.append(changed)
            cache.audio.append(projected)
        return self.decoder(cache.maps, clips.size), cache

    def auxiliary_loss(self, cache: TpaviCache, prediction: ClassMaps, masks: Masks, targets: Targets) -> Tensor:
        """Audio-visual mapping, mean over the stages and the frames that count.

        The foreground is the predicted one: soft, with gradient, in a binary set; hard in a semantic one. The published
        loss of binary sets is the sum over the frames of a batch, which `loss: own` keeps.
        """
        binary = prediction.shape[1] == 2
        by_stage = []
        for maps, audio in zip(cache.maps, cache.audio, strict=True):
            size = (maps.shape[-2], maps.shape[-1])
            if binary:
                foreground = F.adaptive_avg_pool2d(prediction[:, 1:] - prediction[:, :1], size).sigmoid()
            else:
                foreground = F.adaptive_avg_pool2d((prediction.argmax(dim=1, keepdim=True) > 0).float(), size)
            by_stage.append((mapping_loss(maps, audio, foreground) * targets.valid).sum())
        total = torch.stack(by_stage).mean()
        return total if binary and self.config.loss == "own" else total / targets.valid.sum().clamp(min=1)

    def parts(self) -> dict[str, nn.Module]:
        """The audio encoder, the head and interaction of each stage, and the decoder."""
        interactions = {f"interaction {index + 1}": module for index, module in enumerate(self.interactions)}
        heads = {f"head {index + 1}": module for index, module in enumerate(self.heads)}
        return super().parts() | heads | interactions | {"decoder": self.decoder}
