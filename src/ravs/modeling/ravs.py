"""RavsModel: audio and frames of a clip to class maps, as figure 2 of the paper draws it."""

from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config import RavsConfig
from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.alignment.contrastive import contrastive_alignment, label_groups, similarity
from ravs.modeling.alignment.cross_attention import AlignmentOutput, CrossAttention
from ravs.modeling.alignment.semantic_merging import SoundGuidedSemanticMerging
from ravs.modeling.base import AVSModel
from ravs.modeling.losses import total_loss
from ravs.modeling.mask_decoder import MaskDecoder
from ravs.modeling.outputs import ModelInputs, RavsOutput, Targets
from ravs.modeling.temporal_attention import NoTemporalAttention, TemporalAttention
from ravs.modeling.uncertainty import UncertaintyHeads


class RavsModel(AVSModel):
    """The complete method. `RavsModel(config)` has random weights; nothing is ever downloaded here.

    A new model is in evaluation mode, as one from `from_pretrained` is; call `train()` to train it.
    """

    config_class = RavsConfig
    class_rows: ClassVar = {f"heads.{head}.{part}": 1 for head in ("classify", "doubt") for part in ("weight", "bias")}

    def __init__(self, config: RavsConfig) -> None:
        super().__init__(config)
        channels = self.visual_encoder.channels
        self.alignments = nn.ModuleList(
            build_alignment(config, stage, channels[stage], self.audio_encoder.channels) for stage in range(3)
        )
        self.decoder = MaskDecoder(channels=channels, width=config.decoder_width)
        self.temporal = build_temporal(config)
        self.heads = UncertaintyHeads(
            width=config.decoder_width,
            num_classes=config.num_classes,
            uncertainty=config.uncertainty,
            scaling=config.uncertainty_scaling,
        )
        self.finish_init()

    def forward_clips(self, inputs: ModelInputs) -> tuple[RavsOutput, list[Tensor]]:
        """Figure 2 of the paper. The hidden states are the four aligned maps."""
        clips, seconds = inputs.pixel_values.shape[:2]
        audio = self.audio_encoder(inputs.audio_features.flatten(0, 1))
        tokens = audio if self.config.audio_tokens == "all" else audio.mean(dim=1, keepdim=True)
        maps, aligned = self.encode(inputs.pixel_values.flatten(0, 1), tokens, inputs.masks)
        decoded = self.checkpointed(self.decoder, maps).unflatten(0, (clips, seconds))
        fused = self.temporal(decoded, inputs.valid)
        logits, adjusted, uncertainty = self.heads(fused.flatten(0, 1))
        output = RavsOutput(
            logits=logits.unflatten(0, (clips, seconds)),
            adjusted_logits=adjusted.unflatten(0, (clips, seconds)),
            uncertainty=None if uncertainty is None else uncertainty.unflatten(0, (clips, seconds)),
        )
        if inputs.masks is not None:
            targets = Targets.folded(inputs.masks, inputs)
            self.add_losses(output, adjusted, aligned[-1], targets)
            self.add_tagging_loss(output, audio, targets)
        return output, maps

    def parts(self) -> dict[str, nn.Module]:
        """The audio encoder, each alignment, the decoder, temporal attention and the heads with their uncertainty."""
        alignments = {f"alignment {index + 1}": module for index, module in enumerate(self.alignments)}
        rest = {"decoder": self.decoder, "temporal": self.temporal, "uncertainty": self.heads}
        return super().parts() | alignments | rest

    def encode(self, images: Tensor, audio: Tensor, masks: Tensor | None) -> tuple[list[Tensor], list[AlignmentOutput]]:
        """Run the visual stages, an alignment after each of the first three. Returns four maps and three alignments."""
        maps: list[Tensor] = []
        aligned: list[AlignmentOutput] = []
        current = images
        for stage in range(4):
            current = self.visual_stage(stage, current)
            if stage < 3:
                aligned.append(self.checkpointed(self.align, stage, current, audio, masks))
                current = aligned[-1].maps
            maps.append(current)
        return maps, aligned

    def align(self, stage: int, maps: Tensor, audio: Tensor, masks: Tensor | None) -> AlignmentOutput:
        """One alignment; `none` ignores audio. In training gt_filter keeps it out where the ground truth is silent."""
        if self.config.alignment == "none":
            return AlignmentOutput(maps, audio.mean(dim=1))
        keep = None
        if self.config.alignment == "gt_filter" and self.training and masks is not None:
            truth = (masks > 0).flatten(0, 1).unsqueeze(1).to(maps.dtype)
            keep = F.adaptive_max_pool2d(truth, maps.shape[-2:])
        out: AlignmentOutput = self.alignments[stage](maps, audio, keep)
        return out

    def add_losses(self, output: RavsOutput, adjusted: Tensor, aligned: AlignmentOutput, targets: Targets) -> None:
        """Add eq. 2, 9 and 12 to the output, at the image's size, or at the map's where the configuration says so."""
        adjusted, masks = self.match_sizes(adjusted, targets)
        output.segmentation_loss = self.segmentation_loss(adjusted, masks)
        output.contrastive_loss = adjusted.new_zeros(())
        if self.config.contrastive:
            self.add_contrastive_loss(output, aligned, masks, targets.valid)
        output.loss = total_loss(output.segmentation_loss, output.contrastive_loss, self.config.contrastive_weight)

    def add_contrastive_loss(self, output: RavsOutput, aligned: AlignmentOutput, masks: Tensor, valid: Tensor) -> None:
        """Add eq. 9 on the groups of the last alignment to the output, with the measures of whether it learns."""
        config = self.config
        assert aligned.groups is not None and aligned.group_of_token is not None  # the configuration guarantees it
        size = (aligned.maps.shape[-2], aligned.maps.shape[-1])
        result = contrastive_alignment(
            similarity(aligned.groups, aligned.audio),
            label_groups(aligned.group_of_token, aligned.groups.shape[1], size, masks, IGNORE_INDEX),
            valid,
            positives=config.contrastive_positives,
            sharpness=config.response_sharpness,
            threshold=config.positive_threshold,
            temperature=config.contrastive_temperature,
            form=config.contrastive_form,
        )
        output.contrastive_loss, output.both_kinds, output.contrast_auc = result.loss, result.both_kinds, result.auc


def build_temporal(config: RavsConfig) -> nn.Module:
    """Temporal attention, or the identity in its place, as the configuration says."""
    if config.temporal == "none":
        return NoTemporalAttention()
    return TemporalAttention(
        width=config.decoder_width,
        inner_width=config.temporal_width,
        num_heads=config.temporal_heads,
        time_encoding=config.time_encoding,
    )


def build_alignment(config: RavsConfig, stage: int, channels: int, audio_channels: int) -> nn.Module:
    """The alignment after a stage, as the configuration says."""
    width = config.alignment_width or channels
    if config.alignment == "none":
        return nn.Identity()
    shared: dict[str, Any] = {
        "channels": channels,
        "width": width,
        "audio_channels": audio_channels,
        "position_encoding": config.position_encoding,
        "hear_from": config.effective_hear_from,
    }
    if config.alignment != "sgsm":
        return CrossAttention(**shared)
    return SoundGuidedSemanticMerging(
        **shared,
        num_groups=config.num_groups[stage],
        num_neighbors=config.num_neighbors,
        group_labels=config.group_labels,
        num_layers=config.layers_by_stage[stage],
        merge_tokens=config.merge_tokens,
        remap=config.remap,
    )
