"""What a forward pass takes and gives, and what it is compared with in training."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from transformers.utils.generic import ModelOutput


class ModelInputs(NamedTuple):
    """The tensors of a batch of clips, as `AVSModel.forward` describes them."""

    pixel_values: Tensor
    audio_features: Tensor
    valid: Tensor | None
    masks: Tensor | None
    sounding: Tensor | None
    directions: Tensor | None


@dataclass
class RavsOutput(ModelOutput):
    """Output of a forward pass. Class 0 is background; maps are at stride 4 in RAVS, else at the stride of the method.

    logits: m, clips, seconds, classes, height, width. adjusted_logits: eq. 11 as logits, the prediction; the logits
    themselves without the uncertainty head.
    uncertainty: clips, seconds, height, width in [0, 1]: how far eq. 11 lowers the logit of the winning class, as a
    share of the most it can (ours: see `readable_uncertainty`); class matching: the entropy of "sounds" in bits; None
    for methods without uncertainty.
    loss and its parts: where masks were given; with the contrastive loss, also the share of frames that have groups
    of both kinds, and the AUC of the groups' similarities against the ground truth. auxiliary_loss is a baseline's own.
    hidden_states: with `output_hidden_states`, the maps that the method's own part begins with, finest first, each of
    clips, seconds, channels, height, width: the four aligned ones at strides 4, 8, 16, 32 in RAVS, those of the visual
    encoder in a baseline; at strides 8, 16, 32 in class matching.
    heard: clips, seconds, classes: of the audio alone, P("none of the classes") and P(class), in class matching.
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
    auxiliary_loss: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    heard: Tensor | None = None


@dataclass(frozen=True)
class Targets:
    """Training targets of a batch, with clips and seconds folded into frames."""

    masks: Tensor  # frames, height, width; class indices, 255 ignored
    valid: Tensor  # frames
    sounding: Tensor | None  # frames, classes without background
    directions: Tensor | None  # frames, classes without background, directions

    @classmethod
    def folded(cls, masks: Tensor, inputs: ModelInputs) -> "Targets":
        """Fold clips and seconds into frames; every second counts where the inputs have no `valid`."""
        valid = inputs.valid
        if valid is None:
            valid = torch.ones(masks.shape[:2], dtype=torch.bool, device=masks.device)
        rest = (None if one is None else one.flatten(0, 1) for one in (inputs.sounding, inputs.directions))
        return cls(masks.flatten(0, 1), valid.flatten(), *rest)
