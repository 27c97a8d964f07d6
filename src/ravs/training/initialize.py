"""What a run starts from: the recipe's model with its weights, and which of them are trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ravs.config import RavsConfig
from ravs.config.recipe import Recipe
from ravs.config.validation import OWN_EARS
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.alignment.cross_attention import CrossAttention
from ravs.modeling.base import Shell, weights_in
from ravs.modeling.encoders.pretrained import load_encoder
from ravs.modeling.encoders.visual.base import STAGES, FourStages
from ravs.modeling.losses import tagging_loss
from ravs.modeling.ravs import RavsModel
from ravs.modeling.registry import build
from ravs.modeling.weights import load_whole
from ravs.training.class_transfer import load_initial


class Tagger(nn.Module):
    """The audio encoder alone, learning what sounds and from where."""

    def __init__(self, model: Shell) -> None:
        super().__init__()
        self.config = model.config
        self.audio_encoder = model.audio_encoder

    def forward(self, audio_features: Tensor, sounding: Tensor, directions: Tensor, valid: Tensor) -> dict[str, Tensor]:
        """Shapes as RavsModel's. Returns loss and logits of what sounds: clips, seconds, classes."""
        encoder: Any = self.audio_encoder
        tags = encoder.tag(encoder(audio_features.flatten(0, 1)))
        loss = tagging_loss(tags, sounding.flatten(0, 1), directions.flatten(0, 1), valid.flatten())
        return {"loss": loss, "logits": tags.logsumexp(dim=1).unflatten(0, sounding.shape[:2])}


def config_of(recipe: Recipe) -> RavsConfig:
    """The preset with the recipe's changes."""
    return RavsConfig.preset(recipe.preset, **recipe.model)


def build_model(recipe: Recipe) -> Shell:
    """The recipe's model, ready to be trained: its weights, what of it is frozen, and how it saves memory."""
    model = with_weights(recipe)
    freeze_stages(model.visual_encoder, recipe.training.frozen_stages)
    if recipe.training.gradient_checkpointing:
        checkpoint_activations(model)
    return model


def with_weights(recipe: Recipe) -> Shell:
    """The recipe's model with the weights that it starts from; each set loads whole or not at all."""
    torch.manual_seed(recipe.training.seed)
    model = build(config_of(recipe))
    if recipe.initial is not None:
        load_initial(model, recipe.initial)
        return model
    if recipe.visual_weights is not None:
        with told_how_to_give("visual_weights"):
            load_eyes(model, recipe.visual_weights)
    if recipe.audio_weights is not None:
        with told_how_to_give("audio_weights"):
            load_ears(model, recipe.audio_weights)
    if recipe.sight_weights is not None:
        if not isinstance(model, RavsModel):
            raise InputError(
                f"sight_weights start RAVS alone, not {recipe.preset}; visual_weights may be a run's folder"
            )
        with told_how_to_give("sight_weights"):
            state = weights_in(Path(recipe.sight_weights))
        for name in ("visual_encoder", "decoder", "temporal", "heads"):
            load_whole(getattr(model, name), part_of(state, name), recipe.sight_weights)
        hush(model)
    return model


@contextmanager
def told_how_to_give(key: str) -> Iterator[None]:
    """For a block that loads weights: adds the recipe's key to its ModelNotFoundError."""
    try:
        yield
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"{error}. --set {key}=PATH names a file or folder, --set {key}=null starts from random weights"
        ) from error


def load_ears(model: Shell, source: str) -> None:
    """The audio encoder's weights: of a run's folder for encoders of ours, else of a file in the authors' format."""
    if model.config.audio_encoder in OWN_EARS:
        load_whole(model.audio_encoder, part_of(weights_in(Path(source)), "audio_encoder"), source)
    else:
        load_encoder(model.audio_encoder, model.config.audio_encoder, Path(source))


def load_eyes(model: Shell, source: str) -> None:
    """The visual encoder's weights: by name, of a file in the authors' format, or of another run's folder."""
    if Path(source).is_dir():
        state = part_of(weights_in(Path(source)), "visual_encoder")
        load_whole(model.visual_encoder, state, source)
    else:
        path = None if source == "imagenet" else Path(source)
        load_encoder(model.visual_encoder, model.config.visual_encoder, path)


@torch.no_grad()
def hush(model: Shell) -> None:
    """Alignments begin as a tenth of themselves, so that what was learnt by sight is not undone at the first step."""
    for alignment in model.modules():
        if isinstance(alignment, CrossAttention):
            for parameter in alignment.project_out.parameters():
                parameter.mul_(0.1)


def freeze_stages(encoder: FourStages, count: int) -> None:
    """No gradient for the first `count` stages; what comes before the first one belongs to it. Raises: InputError."""
    if count > STAGES:
        raise InputError(f"training.frozen_stages is {count}, and the visual encoder has {STAGES}")
    for index in range(count):
        for module in encoder.stage_modules(index):
            module.requires_grad_(False)


def checkpoint_activations(model: Shell) -> None:
    """Keep the inputs of the encoders' layers only, and compute the rest again for the gradient.

    Raises: InputError for encoders that are none of transformers', which cannot.
    """
    enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
    try:
        enable()
    except ValueError:
        raise InputError(
            f"training.gradient_checkpointing: visual_encoder {model.config.visual_encoder} has no layers of "
            "transformers'; mit-b5 and pvt-v2-b5 have"
        ) from None


def part_of(state: dict[str, Tensor], module: str) -> dict[str, Tensor]:
    """The tensors of one module of a run."""
    prefix = f"{module}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
