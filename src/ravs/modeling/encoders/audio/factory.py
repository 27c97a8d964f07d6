"""Audio encoders by name: the log-mel of a second to audio tokens. VGGish, YAMNet, HTSAT and aiSFX are frozen."""

from torch import nn

from ravs.config.validation import CHOICES, TRAINABLE_AUDIO_ENCODERS
from ravs.errors import InputError
from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.logmel_cnn import LogMelCNN
from ravs.modeling.encoders.audio.panorama_cnn import PanoramaCNN
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.encoders.audio.yamnet import YAMNet
from ravs.modeling.encoders.audio.yamnet_panorama import YAMNetPanorama

AUDIO_ENCODERS = CHOICES["audio_encoder"]


def build_audio_encoder(name: str, *, width: int, directions: int, num_classes: int, stereo: bool = True) -> nn.Module:
    """An audio encoder with random weights, by name; `vggish-grid` gives the last feature map as 24 tokens.

    `width`, `directions`, `num_classes` and `stereo` are those of our own two. The encoder has `.channels` and
    `.num_tokens` of a second, and a forward from frames, planes, time, bins (the front end of the same name) to tokens.
    Raises: InputError for an unknown name.
    """
    if name in TRAINABLE_AUDIO_ENCODERS:
        kind = LogMelCNN if name == "logmel-cnn" else PanoramaCNN
        return kind(width=width, directions=directions, num_classes=num_classes, stereo=stereo)
    if name in ("vggish", "vggish-grid"):
        return VGGish(grid=name == "vggish-grid")
    if name == "aisfx":
        return AiSFX()
    if name == "yamnet":
        return YAMNet()
    if name == "yamnet-panorama":
        return YAMNetPanorama()
    if name == "htsat":
        from ravs.modeling.encoders.audio.htsat import HTSAT

        return HTSAT()
    raise InputError(f"no audio encoder {name!r}; there are {', '.join(AUDIO_ENCODERS)}")
