"""Small models of class matching and clips for them."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.matching.sight_net import FrozenMaps
from ravs.modeling.registry import build
from support.models import SMALL_AUDIO_ENCODERS


@pytest.fixture
def debug(monkeypatch):
    """debug(seed=…, **changes): a model with random weights, none of which hides a part, on a small audio encoder."""
    monkeypatch.setattr("ravs.modeling.base.build_audio_encoder", lambda name, **_: SMALL_AUDIO_ENCODERS[name]())

    def make(seed=0, **changes):
        torch.manual_seed(seed)
        model = build(RavsConfig.preset("class-matching-debug", **changes))
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_var.uniform_(0.5, 1.5)
        return model

    return make


@pytest.fixture
def clip():
    """clip(clips=…, seconds=…, height=…, width=…): random frames and features of yamnet-panorama."""

    def make(clips=1, seconds=2, height=64, width=64, seed=0):
        generator = torch.Generator().manual_seed(seed)
        level = torch.rand(clips, seconds, 1, 96, 64, generator=generator)
        side = torch.rand(clips, seconds, 1, 96, 64, generator=generator) * 2 - 1
        return {
            "pixel_values": torch.randn(clips, seconds, 3, height, width, generator=generator),
            "audio_features": torch.cat([level, side], 2),
        }

    return make


@pytest.fixture
def frozen_maps():
    """frozen_maps(frames, classes): random maps of an image of 64×96, with 6, 5 and 4 channels."""

    def make(frames=2, classes=3):
        sizes = ((6, 8, 12), (5, 4, 6), (4, 2, 3), (classes, 2, 3))
        generator = torch.Generator().manual_seed(3)
        *maps, last = (torch.randn(frames, *size, generator=generator) for size in sizes)
        return FrozenMaps(*maps, last.sigmoid().log())

    return make
