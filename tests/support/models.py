"""Small models with random weights, and clips for them."""

import torch

from ravs.config import RavsConfig
from ravs.model import RavsModel

ABLATIONS = [
    {"alignment": "none", "contrastive": False, "uncertainty": False},
    {"alignment": "cross_attention", "contrastive": False, "uncertainty": False},
    {"alignment": "gt_filter", "contrastive": False, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": False, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": True, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": True, "uncertainty": True},
    {"merge_tokens": "visual", "position_encoding": "none", "remap": "plain", "uncertainty_scaling": "minmax"},
    {"alignment_width": None, "classes": ("sounding",), "loss_classes": "all", "loss_size": "picture"},
    {"audio_tokens": "mean", "group_labels": "nearest", "stereo": False},
    {"temporal": "none", "uncertainty": False},
    {"contrastive_positives": "response", "contrastive_form": "joint", "loss_weights_sum": "as_given"},
]


def tiny(seed=0, **changes):
    """The debug preset with random weights, in evaluation."""
    torch.manual_seed(seed)
    model = RavsModel(RavsConfig.preset("ravs-debug", **changes)).eval()
    for norm in model.modules():  # running statistics that are not those of nothing
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_var.uniform_(0.5, 1.5)
    return model


def clip(clips=1, seconds=2, height=64, width=64, seed=0):
    """Random pictures and sound of some clips, as the processor gives them."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(clips, seconds, 3, height, width, generator=generator),
        "audio_features": torch.randn(clips, seconds, 2, 100, 64, generator=generator),
    }


def masks(clips=1, seconds=2, height=64, width=64, classes=3):
    return torch.randint(0, classes, (clips, seconds, height, width), generator=torch.Generator().manual_seed(1))
