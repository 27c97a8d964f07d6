"""Summarize a model: its classes, and its modules with their parameters."""

from typing import Any

from ravs.checkpoints.find_model import find_model
from ravs.config.presets import PRESETS, shipped_models


def class_names(model: str) -> tuple[str, ...]:
    """Class names of a model or a preset, background first. Raises: ModelNotFoundError."""
    if _has_no_weights(model):
        return ("background", *PRESETS[model]["classes"])
    return find_model(model).classes


def inspect_model(name: str) -> dict[str, Any]:
    """Modules of a model or a preset and their parameters, without allocating them. Raises: ModelNotFoundError."""
    import torch

    from ravs.config import RavsConfig
    from ravs.modeling.registry import build

    folder = None if _has_no_weights(name) else find_model(name)
    config = RavsConfig.preset(name) if folder is None else RavsConfig.from_pretrained(folder.path)
    with torch.device("meta"):
        model = build(config)
    modules = [
        {
            "module": title,
            "parameters": sum(p.numel() for p in module.parameters()),
            "trainable": sum(p.numel() for p in module.parameters() if p.requires_grad),
        }
        for title, module in model.named_children()
    ]
    return {
        "name": name if folder is None else folder.name,
        "sha256": None if folder is None else folder.sha256,
        "classes": len(config.classes),
        "visual_encoder": config.visual_encoder,
        "audio_encoder": config.audio_encoder,
        "image_size": config.image_size,
        "clip_seconds": config.clip_seconds,
        "modules": modules,
        "parameters": sum(row["parameters"] for row in modules),
        "trainable": sum(row["trainable"] for row in modules),
    }


def _has_no_weights(name: str) -> bool:
    """Whether a name is that of a preset whose weights are not shipped."""
    return name in PRESETS and name not in shipped_models()
