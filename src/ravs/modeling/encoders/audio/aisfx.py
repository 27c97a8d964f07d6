"""aiSFX (Ma and Lerch, ISMIR 2022): eight convolutions, one 512-d vector for each second of a log-mel."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.shapes import AudioTokens


class ConvolutionPair(nn.Module):
    """Two 3×3 convolutions, each with batch norm and ReLU, at the resolution of the input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)

    def forward(self, maps: Float[Tensor, "frames inputs time bins"]) -> Float[Tensor, "frames outputs time bins"]:
        """Maps of another number of channels."""
        maps = F.relu(self.norm1(self.conv1(maps)))
        return F.relu(self.norm2(self.conv2(maps)))


class AiSFX(FrozenEncoder):
    """The embedding network of aiSFX, trained on libraries of sound effects in the Universal Category System.

    `width` is that of the first of four blocks, of which a token has eight times as many channels, for tests.
    """

    num_tokens = 1

    def __init__(self, *, width: int = 64) -> None:
        super().__init__()
        self.channels = 8 * width
        self.blocks = nn.ModuleList(
            ConvolutionPair(a, b) for a, b in pairwise((1, width, 2 * width, 4 * width, 8 * width))
        )
        for weight in self.parameters():
            if weight.ndim == 4:  # a fifth quicker on a CPU
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 1 time 96"] | AudioTokens) -> AudioTokens:
        """One token of non-negative numbers: the mean over frequency, of which the maximum over time."""
        if features.ndim == 3:
            return features
        *earlier, last = self.blocks
        maps = features.contiguous(memory_format=torch.channels_last)
        for block in earlier:
            maps = F.max_pool2d(block(maps), 2)
        tokens: Tensor = last(maps).mean(dim=3).amax(dim=2)
        return tokens.unsqueeze(1)
