"""What every method shares: encoders, losses on the prediction, and complete loading of weights.

A comparison is meaningful only where nothing but the fusion differs; so everything else is written here, once.
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
from ravs.modeling.checkpoint_file import read_model_folder
from ravs.modeling.encoders.audio.factory import build_audio_encoder
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.key_maps import StateDict, to_native_names
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.losses import segmentation_loss, sounding_logits, tagging_loss
from ravs.modeling.weights import load_pretrained_strict


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
    """Training targets of a batch, with clips and seconds folded into frames."""

    masks: Tensor  # frames, height, width; class indices, 255 ignored
    valid: Tensor  # frames
    sounding: Tensor | None  # frames, classes without background
    directions: Tensor | None  # frames, classes without background, directions

    @classmethod
    def folded(
        cls, masks: Tensor, valid: Tensor | None, sounding: Tensor | None, directions: Tensor | None
    ) -> "Targets":
        """Fold clips and seconds of each tensor into frames; every second counts where `valid` is None."""
        if valid is None:
            valid = torch.ones(masks.shape[:2], dtype=torch.bool, device=masks.device)
        rest = (None if one is None else one.flatten(0, 1) for one in (sounding, directions))
        return cls(masks.flatten(0, 1), valid.flatten(), *rest)


class AVSModel(PreTrainedModel):
    """Base of every method: encoders and losses. A subclass adds the parts between, and calls `finish_init` last."""

    config_class = RavsConfig
    base_model_prefix = "ravs"
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = True  # of encoders that are transformers' own
    config: Any  # RavsConfig or a baseline's
    visual_encoder: Any  # one of several classes: see encoders
    audio_encoder: Any
    # tensors of a subclass with a row for each class, and the number of rows before the first class (background's)
    class_rows: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a class that names its own configuration with transformers' AutoModel."""
        has_own_config = "config_class" in vars(cls)  # transformers writes the parent's into each class
        super().__init_subclass__(**kwargs)
        if has_own_config:
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
        """End a constructor: a new model is in evaluation mode, as one from `from_pretrained` is."""
        self.post_init()
        self.eval()

    def parts(self) -> dict[str, nn.Module]:
        """Modules that a forward pass runs beside the visual encoder, by name, for timing."""
        return {"sound": self.audio_encoder}

    def match_sizes(self, prediction: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
        """Prediction and masks at one size: the image's, or the prediction's where the configuration says so.

        Padded seconds become 255. Returns frames, classes, height, width and frames, height, width.
        """
        masks = targets.masks
        if self.config.loss_size == "picture":
            prediction = F.interpolate(prediction, masks.shape[-2:], mode="bilinear")
        else:
            masks = F.interpolate(masks[:, None].float(), prediction.shape[-2:], mode="nearest-exact")[:, 0].long()
        return prediction, masks.long().masked_fill(~targets.valid[:, None, None], IGNORE_INDEX)

    def segmentation_loss(self, prediction: Tensor, masks: Tensor) -> Tensor:
        """Eq. 2 with the configuration's weights; ours: plus the same on sounding against silent, for all classes."""
        config = self.config
        weights = (config.cross_entropy_weight, config.dice_weight, config.iou_weight)
        options = (weights, config.loss_classes, config.loss_weights_sum)
        loss = segmentation_loss(prediction, masks, *options)
        if config.sounding_weight == 0 or config.num_classes == 2:  # in a binary set the two are one
            return loss
        sounding = masks.where(masks == IGNORE_INDEX, (masks > 0).long())
        binary_loss = segmentation_loss(sounding_logits(prediction), sounding, *options)
        weighted: Tensor = loss + config.sounding_weight * binary_loss
        return weighted

    def add_tagging_loss(self, output: RavsOutput, audio: Tensor, targets: Targets) -> None:
        """Ours: the loss that our audio encoders are first trained with, as an auxiliary where it has targets.

        A frozen audio encoder has no tags, and nothing to learn from them.
        """
        tagged = not isinstance(self.audio_encoder, FrozenEncoder)
        if tagged and targets.sounding is not None and targets.directions is not None:
            tags = self.audio_encoder.tag(audio)
            output.tagging_loss = tagging_loss(tags, targets.sounding, targets.directions, targets.valid)
            output.loss = output.loss + self.config.tagging_weight * output.tagging_loss

    def _init_weights(self, module: nn.Module) -> None:
        """Do nothing: each module keeps the initial weights of its own constructor.

        transformers' deviation of 0.02 everywhere would let a five-hundredth of the audio through an alignment.
        """

    def save_pretrained(self, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but each tensor keeps the model's own name.

        transformers would give its own encoders the tensor names that files of its hub had in earlier versions, which
        nothing but `from_pretrained` reads.
        """
        return super().save_pretrained(*args, **kwargs | {"save_original_format": False})

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but weights load completely or not at all, and as float32 unless a dtype is asked for."""
        return load_pretrained_strict(super().from_pretrained, *args, **kwargs)


def read_model_weights(folder: Path) -> StateDict:
    """The tensors of a model's or run's folder, or of a checkpoint, under our names. Raises: ModelNotFoundError."""
    return to_native_names(read_model_folder(folder))
