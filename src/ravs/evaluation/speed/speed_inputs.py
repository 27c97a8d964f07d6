"""Models of presets, with clips of noise for them."""

import torch
from torch import Tensor, nn

from ravs.config import RavsConfig
from ravs.evaluation.speed.speed_settings import SpeedSettings
from ravs.inference.device import pick_device, pick_dtype
from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.registry import build as build_model


def build_model_and_inputs(settings: SpeedSettings, preset: str) -> tuple[AVSModel, dict[str, Tensor]]:
    """A preset's model for inference alone, and a clip of noise. The settings' changes are those of its own preset."""
    config = RavsConfig.preset(preset, **(dict(settings.changes) if preset == settings.preset else {}))
    device = pick_device(settings.device)
    model = build_model(config).requires_grad_(False)
    nn.Module.to(model, device, pick_dtype(settings.dtype, device))
    return model, noise(config, settings.seconds, settings.size, device)


def noise(config: RavsConfig, seconds: int, size: int, device: torch.device) -> dict[str, Tensor]:
    """A clip for a model of this configuration."""
    front = front_end(config.audio_encoder)
    return {
        "pixel_values": torch.randn(1, seconds, 3, size, size, device=device),
        "audio_features": torch.randn(1, seconds, front.planes, front.time, front.bins, device=device),
    }
