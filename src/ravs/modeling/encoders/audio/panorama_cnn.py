"""Audio encoder that first separates levels by direction, then runs one small network for all directions.

Two sources rarely share a time and a band, so that the difference between left and right shows which one sounds there
(Yilmaz and Rickard, "Blind separation of speech mixtures via time-frequency masking", 2004).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.encoders.audio.logmel_cnn import LogMelCNN
from ravs.modeling.encoders.audio.pan_law import shares_by_direction
from ravs.modeling.layers.global_batch import GlobalBatchNorm2d, GlobalDropout
from ravs.modeling.shapes import AudioTokens

TIME_SLOTS = 4  # parts of a second that are pooled separately
DirectionLevels = Float[Tensor, "frames directions time bins"]


def levels_by_direction(features: Float[Tensor, "frames 2 time bins"], directions: int) -> DirectionLevels:
    """The level of each time and band, 0 in silence, split between the two directions nearest to its source.

    The front end resolves differences up to 13 dB: a source beyond 0.14 or 0.86 of the width is placed there.
    """
    features, dtype = features.float(), features.dtype  # in bfloat16 it would be up to a fifth of a direction off
    level = features[:, :1] + 1
    return (shares_by_direction(features[:, 1], directions) * level).to(dtype)


class PanoramaCNN(LogMelCNN):
    """The log-mel CNN, each of whose tokens adds what sounds from its own direction to what sounds in the second.

    The network over the levels is the same for all directions: what it has learned of one holds for all.
    """

    def __init__(
        self, *, width: int, directions: int, num_classes: int, stereo: bool = True, base: int = 32, bins: int = 64
    ) -> None:
        sizes = {"width": width, "directions": directions, "num_classes": num_classes}
        super().__init__(**sizes, stereo=stereo, base=base, bins=bins)
        self.place = nn.Parameter(0.02 * torch.randn(directions, width))  # so that a token carries its direction

    def build_direction_head(self, base: int, bins: int) -> nn.Module:
        """A network over the levels by direction, the same for all directions."""
        return DirectionNetwork(width=self.channels, base=base, bins=bins)

    def direction_tokens(self, hidden: Float[Tensor, "frames hidden"], features: Tensor) -> AudioTokens:
        """The directional part of the tokens, from the levels by direction."""
        tokens: Tensor = self.somewhere(levels_by_direction(features, self.directions)) + self.place
        return tokens


class DirectionNetwork(nn.Module):
    """Levels by direction to a vector for each direction, from its own spectrum and its neighbors'.

    Each quarter of the second enters as the mean and maximum over its times, whose total number four must divide.
    """

    def __init__(self, *, width: int, base: int, bins: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *_conv_block(2 * TIME_SLOTS, base, 5), *_conv_block(base, 2 * base, 3), *_conv_block(2 * base, 2 * base, 3)
        )
        self.hidden = nn.Conv1d(2 * base * (bins // 8), 4 * base, 5, padding=2)
        self.dropout = GlobalDropout(0.2)
        self.out = nn.Linear(4 * base, width)

    def forward(self, levels: DirectionLevels) -> AudioTokens:
        """Shapes: frames, directions, time, bins to frames, directions, width."""
        slots = levels.unflatten(2, (TIME_SLOTS, -1))
        planes = torch.cat([slots.mean(dim=3), slots.amax(dim=3)], dim=2).transpose(1, 2)
        maps = self.blocks(planes)  # frames, channels, directions, bins / 8
        hidden = F.gelu(self.hidden(maps.transpose(2, 3).flatten(1, 2)))
        tokens: Tensor = self.out(self.dropout(hidden).transpose(1, 2))
        return tokens


def _conv_block(inputs: int, outputs: int, size: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    """A convolution over directions and bands that halves the bands, batch norm and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, size, (1, 2), size // 2, bias=False)
    return convolution, GlobalBatchNorm2d(outputs), nn.ReLU()
