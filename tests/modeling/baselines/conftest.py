"""Debug models of the baselines and clips for them."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.registry import build
from support import models


@pytest.fixture
def debug():
    """debug(method, seed=…, **changes): a model with random weights, none of which hides a part."""

    def make(method, seed=0, **changes):
        torch.manual_seed(seed)
        model = build(RavsConfig.preset(f"{method}-debug", **changes))
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):  # statistics not of nothing, scales not at zero
                module.running_var.uniform_(0.5, 1.5)
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            elif type(module).__name__ == "DeformableDetrMultiscaleDeformableAttention":
                torch.nn.init.normal_(module.sampling_offsets.weight, std=0.2)
                torch.nn.init.normal_(module.attention_weights.weight, std=0.5)
        return model

    return make


@pytest.fixture
def clip():
    """clip(clips=…, seconds=…, height=…, width=…): random frames and audio features, as the processor gives them."""
    return models.clip


@pytest.fixture
def masks():
    """masks(clips=…, …): a random class at each pixel."""
    return models.masks
