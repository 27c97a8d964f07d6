"""YAMNet in stereo: its vector, AudioSet's labels, and where the second's sound comes from, in one token."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.encoders.audio.audioset_labels import NUM_LABELS
from ravs.modeling.encoders.audio.front_ends import YAMNET_FLOOR
from ravs.modeling.encoders.audio.pan_law import shares_by_direction
from ravs.modeling.encoders.audio.yamnet import YAMNet
from ravs.modeling.shapes import AudioTokens

DIRECTIONS = 24


def panorama(features: Float[Tensor, "frames 2 time 64"], directions: int) -> Float[Tensor, "frames {directions}"]:
    """Share of a second's amplitude that comes from each direction, from left to right; all zero in silence.

    Features: those of `yamnet-panorama`, whose plane 0 is the logarithm of the mid channel's magnitude.
    """
    log_mel, side = features.float().unbind(dim=1)  # in bfloat16 a direction would be up to a fifth of one off
    amplitude = (log_mel.exp() - YAMNET_FLOOR).clamp(min=0)
    total = amplitude.sum(dim=(1, 2), keepdim=True)
    share = amplitude / total.where(total > 0, 1)
    return (shares_by_direction(side, directions) * share.unsqueeze(1)).sum(dim=(2, 3))


class YAMNetPanorama(YAMNet):
    """YAMNet with its classifier and the panorama of the second.

    The parts of a token, joined along its channels in this order: `vector`; `labels`, the logits of AudioSet's 521
    labels, each by itself (a sigmoid gives its probability; audioset_labels.py); `panorama`, amplitude by direction
    (the sum is one, or zero in silence). `width_divisor`: as of YAMNet.
    """

    def __init__(self, *, width_divisor: int = 1) -> None:
        super().__init__(width_divisor=width_divisor)
        self.label_head = nn.Linear(self.channels, NUM_LABELS)
        self.part_channels = {"vector": self.channels, "labels": NUM_LABELS, "panorama": DIRECTIONS}
        self.channels = sum(self.part_channels.values())
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 2 96 64"] | AudioTokens) -> AudioTokens:
        """One token; `parts` takes it apart."""
        if features.ndim == 3:
            return features
        vector = super().forward(features[:, :1])
        place = panorama(features, DIRECTIONS).to(vector.dtype).unsqueeze(1)
        return torch.cat([vector, self.label_head(vector), place], dim=2)

    def parts(self, tokens: AudioTokens) -> dict[str, Float[Tensor, "frames audio _"]]:
        """The parts of tokens by name: `vector`, `labels` and `panorama`, as views."""
        pieces = tokens.split(list(self.part_channels.values()), dim=2)
        return dict(zip(self.part_channels, pieces, strict=True))
