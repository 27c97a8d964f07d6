"""YAMNet (Plakal and Ellis, 2019): MobileNet v1 on a second's log-mel, trained to tag AudioSet's 521 classes."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.shapes import AudioTokens

SEPARABLE = (  # widths and strides of the depthwise separable convolutions, for a first convolution of 32
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)
STEM_WIDTH = 32
NORM_EPSILON = 1e-4


class ConvNorm(nn.Module):
    """Convolution padded as TensorFlow's "same" does, batch norm without a scale, and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=NORM_EPSILON)

    def forward(self, maps: Float[Tensor, "frames inputs time bins"]) -> Float[Tensor, "frames outputs _ _"]:
        """Maps of another number of channels; time and bins are divided by the stride, rounded up."""
        out: Tensor = F.relu(self.norm(self.conv(same_padding(maps, self.kernel, self.stride))))
        return out


def same_padding(maps: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around the last two axes so that a convolution gives one value for each stride; an odd one comes last."""
    pads: list[int] = []
    for size in (maps.shape[3], maps.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(maps, pads)


class YAMNet(FrozenEncoder):
    """The network without its classifier: one token of 1,024 non-negative numbers for each second.

    `width_divisor` divides the published widths, for tests: 8 leaves a first convolution of 4 and a token of 128.
    """

    num_tokens = 1

    def __init__(self, *, width_divisor: int = 1) -> None:
        super().__init__()
        widths = [STEM_WIDTH // width_divisor, *(width // width_divisor for width, _ in SEPARABLE)]
        self.channels = widths[-1]
        layers = [ConvNorm(1, widths[0], 3, stride=2)]
        for (inputs, outputs), (_, stride) in zip(pairwise(widths), SEPARABLE, strict=True):
            layers += [ConvNorm(inputs, inputs, 3, stride, groups=inputs), ConvNorm(inputs, outputs, 1)]
        self.layers = nn.Sequential(*layers)
        self.freeze()

    def forward(self, features: Float[Tensor, "frames 1 96 64"] | AudioTokens) -> AudioTokens:
        """The mean over time and frequency of the last layer."""
        if features.ndim == 3:
            return features
        maps = features.contiguous(memory_format=torch.channels_last)
        tokens: Tensor = self.layers(maps).mean(dim=(2, 3))
        return tokens.unsqueeze(1)
