"""RavsModel: sound and pictures of a clip to class maps, as figure 2 of the paper draws it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, PreTrainedModel
from transformers.utils.generic import ModelOutput

from ravs.alignment.ama import Aligned, CrossAttention, SoundGuidedMerging
from ravs.config import RavsConfig
from ravs.contrast import contrast, groups_in_truth, similarity
from ravs.decoder import MaskDecoder
from ravs.encoders.audio import build_audio_encoder
from ravs.encoders.published import load_encoder
from ravs.encoders.visual import build_visual_encoder
from ravs.losses import IGNORED, segmentation_loss, tagging_loss, total_loss
from ravs.temporal import TemporalAttention
from ravs.uncertainty import UncertaintyHeads
from ravs.weights import load_pretrained_whole


@dataclass
class RavsOutput(ModelOutput):
    """What a forward gives. Maps are at stride 4; class 0 is background.

    logits: m, clips, seconds, classes, height, width. adjusted_logits: eq. 11 as logits, the prediction.
    uncertainty: clips, seconds, height, width in [0, 1]: of the class that wins, how far eq. 11 lowers its logit as a
    share of the most it can (ours: see `uncertainty.readable`); None without the uncertainty head.
    loss and its parts: where masks were given; with the contrast, also the share of frames that have groups of both
    kinds, and the AUC of the groups' similarities against the truth.
    """

    loss: Tensor | None = None
    logits: Tensor | None = None
    adjusted_logits: Tensor | None = None
    uncertainty: Tensor | None = None
    segmentation_loss: Tensor | None = None
    contrastive_loss: Tensor | None = None
    tagging_loss: Tensor | None = None
    both_kinds: Tensor | None = None
    contrast_auc: Tensor | None = None


class RavsModel(PreTrainedModel):
    """The whole method. `RavsModel(config)` has random weights; nothing is ever downloaded here.

    It begins in evaluation mode, as a model from `from_pretrained` does; call `train()` to train it.
    """

    config_class = RavsConfig
    base_model_prefix = "ravs"
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = True  # of encoders that are transformers' own
    visual_encoder: Any  # of one of several kinds: see encoders
    audio_encoder: Any

    def __init__(self, config: RavsConfig) -> None:
        super().__init__(config)
        self.visual_encoder = build_visual_encoder(config.visual_encoder)
        self.audio_encoder = build_audio_encoder(
            config.audio_encoder,
            width=config.audio_width,
            directions=config.audio_directions,
            num_classes=len(config.classes),
        )
        channels = self.visual_encoder.channels
        self.alignments = nn.ModuleList(
            build_alignment(config, stage, channels[stage], self.audio_encoder.channels) for stage in range(3)
        )
        self.decoder = MaskDecoder(channels=channels, width=config.decoder_width)
        self.temporal = TemporalAttention(
            width=config.decoder_width,
            inner_width=config.temporal_width,
            num_heads=config.temporal_heads,
            time_encoding=config.time_encoding,
        )
        self.heads = UncertaintyHeads(
            width=config.decoder_width,
            num_classes=config.num_classes,
            uncertainty=config.uncertainty,
            scaling=config.uncertainty_scaling,
        )
        self.post_init()
        self.eval()

    def forward(
        self,
        pixel_values: Tensor,
        audio_features: Tensor,
        valid: Tensor | None = None,
        masks: Tensor | None = None,
        sounding: Tensor | None = None,
        directions: Tensor | None = None,
    ) -> RavsOutput:
        """One or several clips, all of the same number of seconds.

        Args:
            pixel_values: clips, seconds, 3, height, width; normalised, any height and width.
            audio_features: clips, seconds, planes, time, bins; the front end of this audio encoder.
            valid: clips, seconds; False for padding. None: every second counts.
            masks: clips, seconds, height, width; class indices, 255 ignored. Gives the loss.
            sounding, directions: clips, seconds, classes (without background) and the same by direction, for the
                tagging loss of the log-mel CNN.
        """
        clips, seconds = pixel_values.shape[:2]
        audio = self.audio_encoder(audio_features.flatten(0, 1))
        maps, aligned = self.encode(pixel_values.flatten(0, 1), audio, masks)
        fused = self.temporal(self.decoder(maps).unflatten(0, (clips, seconds)), valid)
        logits, adjusted, uncertainty = self.heads(fused.flatten(0, 1))
        output = RavsOutput(
            logits=logits.unflatten(0, (clips, seconds)),
            adjusted_logits=adjusted.unflatten(0, (clips, seconds)),
            uncertainty=None if uncertainty is None else uncertainty.unflatten(0, (clips, seconds)),
        )
        if masks is not None:
            if valid is None:
                valid = torch.ones(clips, seconds, dtype=torch.bool, device=pixel_values.device)
            self.add_losses(output, adjusted, aligned[-1], masks.flatten(0, 1), valid.flatten())
            if sounding is not None and directions is not None:
                self.add_tagging(output, audio, sounding.flatten(0, 1), directions.flatten(0, 1), valid.flatten())
        return output

    def encode(self, pictures: Tensor, audio: Tensor, masks: Tensor | None) -> tuple[list[Tensor], list[Aligned]]:
        """Visual stages with an alignment after each of the first three. Returns four maps, three alignments."""
        maps: list[Tensor] = []
        aligned: list[Aligned] = []
        current = pictures
        for stage in range(4):
            current = self.visual_encoder.run_stage(stage, current)
            if stage < 3:
                aligned.append(self.align(stage, current, audio, masks))
                current = aligned[-1].maps
            maps.append(current)
        return maps, aligned

    def align(self, stage: int, maps: Tensor, audio: Tensor, masks: Tensor | None) -> Aligned:
        """One alignment; `none` is deaf. In training gt_filter keeps sound from where the truth is silent."""
        if self.config.alignment == "none":
            return Aligned(maps, audio.mean(dim=1))
        keep = None
        if self.config.alignment == "gt_filter" and self.training and masks is not None:
            truth = (masks > 0).flatten(0, 1).unsqueeze(1).to(maps.dtype)
            keep = F.adaptive_max_pool2d(truth, maps.shape[-2:])
        out: Aligned = self.alignments[stage](maps, audio, keep)
        return out

    def add_losses(self, output: RavsOutput, adjusted: Tensor, aligned: Aligned, masks: Tensor, valid: Tensor) -> None:
        """Eq. 2, 9 and 12, into the output; at the picture's size, or at the map's where the configuration says so."""
        config = self.config
        if config.loss_size == "picture":
            adjusted = F.interpolate(adjusted, masks.shape[-2:], mode="bilinear")
        else:
            masks = F.interpolate(masks[:, None].float(), adjusted.shape[-2:], mode="nearest-exact")[:, 0].long()
        masks = masks.long().masked_fill(~valid[:, None, None], IGNORED)
        weights = (config.cross_entropy_weight, config.dice_weight, config.iou_weight)
        output.segmentation_loss = segmentation_loss(adjusted, masks, weights, config.loss_classes)
        output.contrastive_loss = adjusted.new_zeros(())
        if config.contrastive:
            self.add_contrast(output, aligned, masks, valid)
        output.loss = total_loss(output.segmentation_loss, output.contrastive_loss, config.contrastive_weight)

    def add_contrast(self, output: RavsOutput, aligned: Aligned, masks: Tensor, valid: Tensor) -> None:
        """Eq. 9 on the groups of the last alignment, with the figures that say whether it learns, into the output."""
        config = self.config
        assert aligned.groups is not None and aligned.group_of_token is not None  # the configuration promises it
        size = (aligned.maps.shape[-2], aligned.maps.shape[-1])
        found = contrast(
            similarity(aligned.groups, aligned.audio),
            groups_in_truth(aligned.group_of_token, aligned.groups.shape[1], size, masks, IGNORED),
            valid,
            positives=config.contrastive_positives,
            sharpness=config.response_sharpness,
            threshold=config.positive_threshold,
            temperature=config.contrastive_temperature,
        )
        output.contrastive_loss, output.both_kinds, output.contrast_auc = found.loss, found.both_kinds, found.auc

    def add_tagging(
        self, output: RavsOutput, audio: Tensor, sounding: Tensor, directions: Tensor, valid: Tensor
    ) -> None:
        """Ours: the loss that the log-mel CNN was first trained with, kept as an auxiliary."""
        output.tagging_loss = tagging_loss(self.audio_encoder.tag(audio), sounding, directions, valid)
        output.loss = output.loss + self.config.tagging_weight * output.tagging_loss

    def _init_weights(self, module: nn.Module) -> None:
        """Nothing: each module keeps its own constructor's initial weights.

        transformers' deviation of 0.02 everywhere would let a five-hundredth of the sound through an alignment.
        """

    @classmethod
    def from_encoders(cls, config: RavsConfig, *, visual: Path | None = None, audio: Path | None = None) -> "RavsModel":
        """A random model whose encoders have their published weights: of these files, or by name.

        The log-mel CNN has none published and stays random. Raises: ModelNotFoundError.
        """
        model = cls(config)
        load_encoder(model.visual_encoder, config.visual_encoder, visual)
        if audio is not None or config.audio_encoder != "logmel-cnn":
            load_encoder(model.audio_encoder, config.audio_encoder, audio)
        return model

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but weights load whole or not at all; float32 on a CPU whatever they were stored in."""
        return load_pretrained_whole(super().from_pretrained, *args, **kwargs)


def build_alignment(config: RavsConfig, stage: int, channels: int, audio_channels: int) -> nn.Module:
    """The alignment after a stage, as the configuration's switch says."""
    width = config.alignment_width or channels
    if config.alignment == "none":
        return nn.Identity()
    sizes = {"channels": channels, "width": width, "audio_channels": audio_channels}
    if config.alignment != "sgsm":
        return CrossAttention(**sizes, position_encoding=config.position_encoding)
    return SoundGuidedMerging(
        **sizes,
        position_encoding=config.position_encoding,
        num_groups=config.num_groups[stage],
        num_neighbors=config.num_neighbors,
        num_layers=config.layers_by_stage[stage],
        merge_tokens=config.merge_tokens,
        remap=config.remap,
    )


AutoModel.register(RavsConfig, RavsModel)
