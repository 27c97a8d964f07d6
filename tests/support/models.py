"""Small models with random weights, and clips for them."""

from functools import partial

import torch

from ravs.config import RavsConfig
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.htsat import HTSAT
from ravs.modeling.encoders.audio.logmel_cnn import LogMelCNN
from ravs.modeling.encoders.audio.panorama_cnn import PanoramaCNN
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.encoders.audio.yamnet import YAMNet
from ravs.modeling.encoders.audio.yamnet_panorama import YAMNetPanorama
from ravs.modeling.encoders.visual.efficientnet import debug_encoder
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.encoders.visual.mit_pvt import MixTransformer, PyramidTransformer
from ravs.modeling.ravs import RavsModel

SMALL = {"depths": (1, 1, 1, 1), "channels": (8, 16, 40, 64)}
SMALL_VISUAL_ENCODERS = {
    "mit-b5": lambda: MixTransformer(**SMALL),
    "pvt-v2-b5": lambda: PyramidTransformer(**SMALL),
    "efficientnet-lite0": debug_encoder,
    "debug": debug_encoder,
}


def small_yamnet(kind):
    """YAMNet with weights that keep the variance through its 27 layers, so that sounds differ in its vector."""
    encoder = kind(width_divisor=8)
    for layer in encoder.layers:
        torch.nn.init.kaiming_normal_(layer.conv.weight)
    return encoder


SMALL_AUDIO_ENCODERS = {
    "logmel-cnn": partial(LogMelCNN, base=8),
    "panorama-cnn": partial(PanoramaCNN, base=8),
    "vggish": lambda: VGGish(hidden=8),
    "vggish-grid": lambda: VGGish(grid=True, hidden=8),
    "aisfx": lambda: AiSFX(width=8),
    "yamnet": lambda: small_yamnet(YAMNet),
    "yamnet-panorama": lambda: small_yamnet(YAMNetPanorama),
    "htsat": lambda: HTSAT(depths=(1, 1, 1, 1), width=16),
}

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


def small_encoders(monkeypatch):
    """From here on the encoders of every model are small ones of their kind."""

    def audio_encoder(name, **sizes):
        return SMALL_AUDIO_ENCODERS[name](**sizes) if name in TRAINABLE_AUDIO_ENCODERS else SMALL_AUDIO_ENCODERS[name]()

    def visual_encoder(name):
        return (
            SMALL_VISUAL_ENCODERS[name]() if name in SMALL_VISUAL_ENCODERS else build_visual_encoder(name)
        )  # of timm's, as it is

    monkeypatch.setattr("ravs.modeling.base.build_visual_encoder", visual_encoder)
    monkeypatch.setattr("ravs.modeling.base.build_audio_encoder", audio_encoder)


def tiny(seed=0, **changes):
    """The debug preset with random weights, in evaluation."""
    torch.manual_seed(seed)
    model = RavsModel(RavsConfig.preset("ravs-debug", **changes)).eval()
    for norm in model.modules():  # running statistics that are not the initial ones
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_var.uniform_(0.5, 1.5)
    return model


def clip(clips=1, seconds=2, height=64, width=64, seed=0):
    """Random frames and audio features of some clips, as the processor gives them."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(clips, seconds, 3, height, width, generator=generator),
        "audio_features": torch.randn(clips, seconds, 2, 100, 64, generator=generator),
    }


def masks(clips=1, seconds=2, height=64, width=64, classes=3):
    return torch.randint(0, classes, (clips, seconds, height, width), generator=torch.Generator().manual_seed(1))
