"""A small audio encoder of ours: log-mel of mid and left-right difference to one token for each direction.

A token encodes what sounds from one direction; its classifier gives the tags that the encoder is first trained with.
"""

import math
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.layers.global_batch import GlobalBatchNorm2d, GlobalDropout
from ravs.modeling.shapes import AudioTokens


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm; the first halves time and frequency."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.down_norm = GlobalBatchNorm2d(outputs)
        self.conv = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.conv_norm = GlobalBatchNorm2d(outputs)

    def forward(self, maps: Float[Tensor, "frames channels time bins"]) -> Tensor:
        """Returns frames, outputs, time / 2, bins / 2, rounded up."""
        maps = F.relu(self.down_norm(self.down(maps)))
        return F.relu(maps + self.conv_norm(self.conv(maps)))


class LogMelCNN(nn.Module):
    """One second of stereo log-mel (2 planes, 100 times, 64 bins) to `directions` tokens of `width` channels.

    Loudness is information: nothing is normalized over a second or a clip. Time and frequency are halved at once,
    since two layers at full resolution cost more than the entire visual encoder. A token is the sum of what sounds at
    all and what sounds from its direction: with a layer norm in place of the sum, tagging never got beyond the prior.
    """

    def __init__(
        self, *, width: int, directions: int, num_classes: int, stereo: bool = True, base: int = 32, bins: int = 64
    ) -> None:
        super().__init__()
        self.stereo = stereo  # else left against right is ignored
        self.channels = width
        self.directions = self.num_tokens = directions
        sizes = (base, 2 * base, 4 * base, 6 * base)
        self.stem = nn.Conv2d(2, base, 5, 2, 2, bias=False)
        self.stem_norm = GlobalBatchNorm2d(base)
        self.blocks = nn.ModuleList(ResidualBlock(a, b) for a, b in pairwise(sizes))
        pooled = 2 * sizes[-1] * (bins // 16)
        self.hidden = nn.Linear(pooled, 8 * base)
        self.dropout = GlobalDropout(0.2)
        self.everywhere = nn.Linear(8 * base, width)
        self.somewhere = self.build_direction_head(base, bins)
        self.classifier = nn.Linear(width, num_classes)
        nn.init.constant_(self.classifier.bias, -math.log(directions * num_classes))  # most classes are silent

    def forward(self, features: Float[Tensor, "frames 2 time bins"]) -> AudioTokens:
        """Tokens from left to right. Shapes: frames, 2, time, bins to frames, directions, width."""
        if not self.stereo:
            features = F.pad(features[:, :1], (0, 0, 0, 0, 0, 1))
        maps = F.relu(self.stem_norm(self.stem(features)))
        for block in self.blocks:
            maps = block(maps)
        pooled = torch.cat([maps.mean(dim=2), maps.amax(dim=2)], dim=1).flatten(1)  # frames, 2 * channels * bins
        hidden = self.dropout(F.gelu(self.hidden(pooled)))
        tokens: Tensor = self.everywhere(hidden).unsqueeze(1) + self.direction_tokens(hidden, features)
        return tokens

    def build_direction_head(self, base: int, bins: int) -> nn.Module:
        """The module that gives the directional part of the tokens."""
        return nn.Linear(8 * base, self.directions * self.channels)

    def direction_tokens(self, hidden: Float[Tensor, "frames hidden"], features: Tensor) -> AudioTokens:
        """The directional part of the tokens, from the pooled features of the second."""
        directions: Tensor = self.somewhere(hidden).unflatten(1, (self.directions, self.channels))
        return directions

    def tag(self, tokens: AudioTokens) -> Float[Tensor, "frames audio tags"]:
        """Logits of each class (without background) from each direction."""
        logits: Tensor = self.classifier(tokens)
        return logits
