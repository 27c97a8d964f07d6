"""Builds the recipe's model with its initial weights, and freezes what is not trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ravs.config.recipe import Recipe, resolve_config
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.alignment.cross_attention import CrossAttention
from ravs.modeling.base import AVSModel, read_model_weights
from ravs.modeling.encoders.pretrained import load_encoder
from ravs.modeling.encoders.visual.base import NUM_STAGES, VisualEncoder
from ravs.modeling.losses import tagging_loss
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.ravs import RavsModel
from ravs.modeling.registry import build
from ravs.modeling.weights import load_strict, module_state
from ravs.training.class_transfer import load_initial_weights


class AudioTagger(nn.Module):
    """The audio encoder alone, trained to predict what sounds and from where."""

    def __init__(self, model: AVSModel) -> None:
        super().__init__()
        self.config = model.config
        self.audio_encoder = model.audio_encoder

    def forward(self, audio_features: Tensor, sounding: Tensor, directions: Tensor, valid: Tensor) -> dict[str, Tensor]:
        """Shapes as RavsModel's. Returns loss and logits of what sounds: clips, seconds, classes."""
        encoder: Any = self.audio_encoder
        tags = encoder.tag(encoder(audio_features.flatten(0, 1)))
        loss = tagging_loss(tags, sounding.flatten(0, 1), directions.flatten(0, 1), valid.flatten())
        return {"loss": loss, "logits": tags.logsumexp(dim=1).unflatten(0, sounding.shape[:2])}


def build_model(recipe: Recipe) -> AVSModel:
    """The recipe's model, ready for training: weights loaded, stages frozen, gradient checkpointing enabled."""
    model = build_with_weights(recipe)
    freeze_stages(model.visual_encoder, recipe.training.frozen_stages)
    if recipe.training.gradient_checkpointing:
        enable_gradient_checkpointing(model)
    return model


def build_with_weights(recipe: Recipe) -> AVSModel:
    """The recipe's model with its initial weights; each source loads completely or not at all."""
    torch.manual_seed(recipe.training.seed)
    model = build(resolve_config(recipe))
    if recipe.initial is not None:
        load_initial_weights(model, recipe.initial)
        return model
    if recipe.sight_weights is not None and not isinstance(model, RavsModel):
        raise InputError(f"sight_weights are for RAVS only, not {recipe.preset}; visual_weights may be a run's folder")
    for key, load in LOADERS.items():
        if (source := getattr(recipe, key)) is not None:
            with explain_weights_key(key):
                load(model, source)
    return model


@contextmanager
def explain_weights_key(key: str) -> Iterator[None]:
    """Around what loads weights: adds the recipe's key to a ModelNotFoundError."""
    try:
        yield
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"{error}. --set {key}=PATH names a file or folder, --set {key}=null starts from random weights"
        ) from error


def load_visual_encoder(model: AVSModel, source: str) -> None:
    """The visual encoder's weights: by name, from a file in the authors' format, or from another run's folder.

    With those of ImageNet's classifier, for the method that uses it.
    """
    names = {"visual_encoder": model.config.visual_encoder}
    if isinstance(model, ClassMatchingModel):
        names["class_maps"] = "efficientnet-lite0-head"
    for part, name in names.items():
        if Path(source).is_dir():
            load_part(model, part, source)
        else:
            load_encoder(getattr(model, part), name, None if source == "imagenet" else Path(source))


def load_audio_encoder(model: AVSModel, source: str) -> None:
    """The audio encoder's weights: from a run's folder for ours, else by its name or from a file of the authors'."""
    if model.config.audio_encoder in TRAINABLE_AUDIO_ENCODERS:
        load_part(model, "audio_encoder", source)
    else:
        name = model.config.audio_encoder
        load_encoder(model.audio_encoder, name, None if source == name else Path(source))


def load_all_but_audio(model: AVSModel, source: str) -> None:
    """All modules except the audio encoder and the alignments, from a run without audio on everything in view."""
    for name in ("visual_encoder", "decoder", "temporal", "heads"):
        load_part(model, name, source)
    scale_alignment_outputs(model)


LOADERS = {  # by the recipe's key, in this order
    "visual_weights": load_visual_encoder,
    "audio_weights": load_audio_encoder,
    "sight_weights": load_all_but_audio,
}


def load_part(model: AVSModel, name: str, source: str) -> None:
    """One module's weights from a run's folder."""
    load_strict(getattr(model, name), module_state(read_model_weights(Path(source)), name), source)


@torch.no_grad()
def scale_alignment_outputs(model: AVSModel) -> None:
    """Scale the alignments' outputs to a tenth, so that the first step does not undo what was learned without audio."""
    for alignment in model.modules():
        if isinstance(alignment, CrossAttention):
            for parameter in alignment.project_out.parameters():
                parameter.mul_(0.1)


def freeze_stages(encoder: VisualEncoder, count: int) -> None:
    """Freeze the first `count` stages; the stem belongs to the first. Raises: InputError."""
    if count > NUM_STAGES:
        raise InputError(f"training.frozen_stages is {count}, and the visual encoder has {NUM_STAGES}")
    for index in range(count):
        for module in encoder.stage_modules(index):
            module.requires_grad_(False)


def enable_gradient_checkpointing(model: AVSModel) -> None:
    """Keep only the inputs of encoder stages, alignments and heads, and recompute the rest for the gradient."""
    enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
    enable()
