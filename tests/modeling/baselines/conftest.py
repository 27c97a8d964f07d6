"""Debug models of the baselines and clips for them."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.registry import build


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

    def make(clips=1, seconds=2, height=64, width=64, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return {
            "pixel_values": torch.randn(clips, seconds, 3, height, width, generator=generator),
            "audio_features": torch.randn(clips, seconds, 2, 100, 64, generator=generator),
        }

    return make


@pytest.fixture
def masks():
    """masks(clips=…, …): a random class at each pixel."""

    def make(clips=1, seconds=2, height=64, width=64, classes=3):
        generator = torch.Generator().manual_seed(1)
        return torch.randint(0, classes, (clips, seconds, height, width), generator=generator)

    return make
