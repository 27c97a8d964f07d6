"""aiSFX in stereo: its vector, what its classifiers name, and where the second's sound comes from, in one token."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.front_ends import AISFX_GAIN, AISFX_NEPERS
from ravs.modeling.encoders.audio.pan_law import shares_by_direction
from ravs.modeling.shapes import AudioTokens

LIBRARY_CATEGORIES = (78, 79, 69, 81)  # Pro Sound Effects, Soundly, a mix (all three in UCS), Soundstorm
DIRECTIONS = 24


def category_classifier(channels: int, categories: int) -> nn.Sequential:
    """The classifier of one library: two hidden layers, each half as wide as the layer before."""
    half, quarter = channels // 2, channels // 4
    return nn.Sequential(
        nn.Linear(channels, half), nn.ReLU(), nn.Linear(half, quarter), nn.ReLU(), nn.Linear(quarter, categories)
    )


def panorama(features: Float[Tensor, "frames 2 time 96"], directions: int) -> Float[Tensor, "frames {directions}"]:
    """Share of a second's amplitude that comes from each direction, from left to right; all zero in silence.

    The amplitude of a time and band is the square root of the mid channel's power. Features: those of `aisfx-panorama`.
    """
    log_mel, side = features.float().unbind(dim=1)  # in bfloat16 a direction would be up to a fifth of one off
    amplitude = (torch.expm1(log_mel * AISFX_NEPERS) / AISFX_GAIN).sqrt()
    total = amplitude.sum(dim=(1, 2), keepdim=True)
    share = amplitude / total.where(total > 0, 1)
    return (shares_by_direction(side, directions) * share.unsqueeze(1)).sum(dim=(2, 3))


class AiSFXPanorama(AiSFX):
    """The network of aiSFX with its four largest classifiers and the panorama of the second.

    The parts of a token, joined along its channels in this order: `vector`, the embedding; `categories`, the
    log-probabilities of four libraries' categories, one classifier after another; `panorama`, amplitude by direction
    (the sum is one, or zero in silence). The published checkpoint does not name its categories. `width`: as of AiSFX.
    """

    def __init__(self, *, width: int = 64) -> None:
        super().__init__(width=width)
        vector = self.channels
        self.classifiers = nn.ModuleList(category_classifier(vector, count) for count in LIBRARY_CATEGORIES)
        self.part_channels = {"vector": vector, "categories": sum(LIBRARY_CATEGORIES), "panorama": DIRECTIONS}
        self.channels = sum(self.part_channels.values())
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 2 time 96"] | AudioTokens) -> AudioTokens:
        """One token; `parts` takes it apart."""
        if features.ndim == 3:
            return features
        vector = super().forward(features[:, :1])
        categories = [classifier(vector).log_softmax(dim=2) for classifier in self.classifiers]
        place = panorama(features, DIRECTIONS).to(vector.dtype).unsqueeze(1)
        return torch.cat([vector, *categories, place], dim=2)

    def parts(self, tokens: AudioTokens) -> dict[str, Float[Tensor, "frames audio _"]]:
        """The parts of tokens by name: `vector`, `categories` and `panorama`, as views."""
        pieces = tokens.split(list(self.part_channels.values()), dim=2)
        return dict(zip(self.part_channels, pieces, strict=True))
