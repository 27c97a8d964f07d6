"""The shell that every method here is built in: encoders, losses on the prediction, and files that load whole.

A comparison means something where only the fusion differs; so everything else is written here, once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, PreTrainedModel
from transformers.utils.generic import ModelOutput

from ravs.config import RavsConfig
from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.encoders.audio.factory import build_audio_encoder
from ravs.modeling.encoders.key_maps import StateDict, to_native_names
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.losses import segmentation_loss, sounding_logits, tagging_loss
from ravs.modeling.weights import load_pretrained_strict, read_model_folder


@dataclass
class RavsOutput(ModelOutput):
    """What a forward gives. Class 0 is background; RavsModel's maps are at stride 4, a comparator's as it makes them.

    logits: m, clips, seconds, classes, height, width. adjusted_logits: eq. 11 as logits, the prediction; the logits
    themselves without the uncertainty head.
    uncertainty: clips, seconds, height, width in [0, 1]: of the class that wins, how far eq. 11 lowers its logit as a
    share of the most it can (ours: see `uncertainty.readable`); None without the uncertainty head.
    loss and its parts: where masks were given; with the contrast, also the share of frames that have groups of both
    kinds, and the AUC of the groups' similarities against the truth. auxiliary_loss is a comparator's own.
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


@dataclass(frozen=True)
class Targets:
    """What a batch is trained on, its seconds folded into frames."""

    masks: Tensor  # frames, height, width; class indices, 255 ignored
    valid: Tensor  # frames
    sounding: Tensor | None  # frames, classes without background
    directions: Tensor | None  # frames, classes without background, directions

    @classmethod
    def folded(
        cls, masks: Tensor, valid: Tensor | None, sounding: Tensor | None, directions: Tensor | None
    ) -> "Targets":
        """From clips, seconds, …; every second counts where `valid` is None."""
        if valid is None:
            valid = torch.ones(masks.shape[:2], dtype=torch.bool, device=masks.device)
        rest = (None if one is None else one.flatten(0, 1) for one in (sounding, directions))
        return cls(masks.flatten(0, 1), valid.flatten(), *rest)


class AVSModel(PreTrainedModel):
    """Encoders, and what becomes of a prediction. A subclass adds the parts between them, and calls `begin` last."""

    config_class = RavsConfig
    base_model_prefix = "ravs"
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = True  # of encoders that are transformers' own
    config: Any  # RavsConfig or a comparator's
    visual_encoder: Any  # of one of several kinds: see encoders
    audio_encoder: Any
    # tensors of a subclass with a row for each class, and how many rows come before the first one's (background's)
    class_rows: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A class that names its configuration is known to transformers' AutoModel from here on."""
        names_its_own = "config_class" in vars(cls)  # transformers writes the parent's into each class
        super().__init_subclass__(**kwargs)
        if names_its_own:
            AutoModel.register(cls.config_class, cls)

    def __init__(self, config: RavsConfig) -> None:
        super().__init__(config)
        self.visual_encoder = build_visual_encoder(config.visual_encoder)
        self.audio_encoder = build_audio_encoder(
            config.audio_encoder,
            width=config.audio_width,
            directions=config.audio_directions,
            stereo=config.stereo,
            num_classes=len(config.classes),
        )

    def finish_init(self) -> None:
        """The end of a constructor: a model begins in evaluation mode, as one from `from_pretrained` does."""
        self.post_init()
        self.eval()

    def parts(self) -> dict[str, nn.Module]:
        """What a forward runs beside the picture encoder, by name, for timing."""
        return {"sound": self.audio_encoder}

    def match_sizes(self, prediction: Tensor, truth: Targets) -> tuple[Tensor, Tensor]:
        """Prediction and masks at one size: the picture's, or the prediction's where the configuration says so.

        Padded seconds become 255. Returns frames, classes, height, width and frames, height, width.
        """
        masks = truth.masks
        if self.config.loss_size == "picture":
            prediction = F.interpolate(prediction, masks.shape[-2:], mode="bilinear")
        else:
            masks = F.interpolate(masks[:, None].float(), prediction.shape[-2:], mode="nearest-exact")[:, 0].long()
        return prediction, masks.long().masked_fill(~truth.valid[:, None, None], IGNORE_INDEX)

    def segmentation_loss(self, prediction: Tensor, masks: Tensor) -> Tensor:
        """Eq. 2 with the configuration's weights; ours: and of sounding against not, whatever sounds."""
        config = self.config
        weights = (config.cross_entropy_weight, config.dice_weight, config.iou_weight)
        how = (weights, config.loss_classes, config.loss_weights_sum)
        loss = segmentation_loss(prediction, masks, *how)
        if config.sounding_weight == 0 or config.num_classes == 2:  # a binary set asks nothing else
            return loss
        sounding = masks.where(masks == IGNORE_INDEX, (masks > 0).long())
        either = segmentation_loss(sounding_logits(prediction), sounding, *how)
        weighted: Tensor = loss + config.sounding_weight * either
        return weighted

    def add_tagging_loss(self, output: RavsOutput, audio: Tensor, truth: Targets) -> None:
        """Ours: the loss that ears of ours were first trained with, kept as an auxiliary where its truth is given."""
        if truth.sounding is not None and truth.directions is not None:
            tags = self.audio_encoder.tag(audio)
            output.tagging_loss = tagging_loss(tags, truth.sounding, truth.directions, truth.valid)
            output.loss = output.loss + self.config.tagging_weight * output.tagging_loss

    def _init_weights(self, module: nn.Module) -> None:
        """Nothing: each module keeps its own constructor's initial weights.

        transformers' deviation of 0.02 everywhere would let a five-hundredth of the sound through an alignment.
        """

    def save_pretrained(self, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but each tensor keeps the model's own name.

        transformers would give an encoder of its own the names that its hub's files had in earlier versions, which
        nothing but `from_pretrained` reads.
        """
        return super().save_pretrained(*args, **kwargs | {"save_original_format": False})

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but weights load whole or not at all; float32 on a CPU whatever they were stored in."""
        return load_pretrained_strict(super().from_pretrained, *args, **kwargs)


def read_model_weights(folder: Path) -> StateDict:
    """The tensors of a model's or run's folder, or of a checkpoint, by our names. Raises: ModelNotFoundError."""
    return to_native_names(read_model_folder(folder))
