"""EfficientNet-Lite as a table of stages: inverted residual blocks without squeeze-and-excitation, ReLU6 throughout.

Source: Tan and Le, EfficientNet (ICML 2019), and the Lite variants of TensorFlow's model garden. Padding is
TensorFlow's SAME, batch norm has eps 1e-3. Stages are cut where the stride doubles: 4, 8, 16, 32.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.shapes import FeatureMap, Images


@dataclass(frozen=True)
class BlockRow:
    """One row of the table: blocks that are equal but for the stride of the first."""

    expansion: int
    channels: int
    blocks: int
    stride: int
    kernel: int


LITE0_STAGES = (
    (BlockRow(1, 16, 1, 1, 3), BlockRow(6, 24, 2, 2, 3)),
    (BlockRow(6, 40, 2, 2, 5),),
    (BlockRow(6, 80, 3, 2, 3), BlockRow(6, 112, 3, 1, 5)),
    (BlockRow(6, 192, 4, 2, 5), BlockRow(6, 320, 1, 1, 3)),
)
DEBUG_STAGES = (
    (BlockRow(1, 8, 1, 2, 3),),
    (BlockRow(2, 8, 1, 2, 3),),
    (BlockRow(2, 12, 1, 2, 3),),
    (BlockRow(2, 16, 1, 2, 3),),
)


class SamePaddingConv2d(nn.Conv2d):
    """Convolution whose output has ceil(size / stride) rows and columns; an odd pixel of padding is right or below."""

    def forward(self, input: Tensor) -> Tensor:
        """Shapes: frames, channels, height, width to the same with both sizes divided by the stride, rounded up."""
        return self.convolve(input, self.weight, None)

    def convolve(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with other weights than its own.

        Where padding is uneven, zeros before the kernel stand for a pixel of padding, since a padded map is a copy.
        """
        (top, bottom), (left, right) = (
            same_padding(size, kernel, stride)
            for size, kernel, stride in zip(input.shape[2:], self.kernel_size, self.stride, strict=True)
        )
        if (top, left) != (bottom, right):
            weight = F.pad(weight, (right - left, 0, bottom - top, 0))
        return F.conv2d(input, weight, bias, self.stride, (bottom, right), 1, self.groups)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels before and behind so many, for one value for each stride; an odd one comes behind."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class ConvNorm(nn.Module):
    """Convolution without bias, then batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = SamePaddingConv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, maps: FeatureMap) -> Tensor:
        """Shapes as SamePaddingConv2d's. Without a gradient the norm is part of the convolution's weights."""
        if torch.is_grad_enabled() or self.norm.training:
            out: Tensor = self.norm(self.conv(maps))
            return out
        return self.conv.convolve(maps, *self.weights_with_norm())

    def weights_with_norm(self) -> tuple[Tensor, Tensor]:
        """Weights and bias of a convolution that does the norm's part, too."""
        norm = self.norm
        assert norm.running_mean is not None and norm.running_var is not None
        statistics = (norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
        return fuse_conv_bn_weights(self.conv.weight, None, *statistics)


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, project; added to its input where the shape stays."""

    def __init__(self, inputs: int, row: BlockRow, stride: int) -> None:
        super().__init__()
        width = inputs * row.expansion
        self.expand = ConvNorm(inputs, width) if row.expansion > 1 else None
        self.depthwise = ConvNorm(width, width, row.kernel, stride, groups=width)
        self.project = ConvNorm(width, row.channels)
        self.residual = stride == 1 and inputs == row.channels

    def forward(self, maps: FeatureMap) -> Tensor:
        """Shapes: frames, channels, height, width; the stride divides the sizes."""
        hidden = F.relu6(self.expand(maps), inplace=True) if self.expand is not None else maps
        hidden = self.project(F.relu6(self.depthwise(hidden), inplace=True))
        out: Tensor = maps + hidden if self.residual else hidden
        return out


class EfficientNetLite(VisualEncoder):
    """Four stages at strides 4, 8, 16, 32. Batch norm always uses its stored statistics, in training too.

    Ours: a training batch holds few clips of five nearly equal frames, too few for its own statistics.
    """

    def __init__(self, *, stem: int, stages: tuple[tuple[BlockRow, ...], ...]) -> None:
        super().__init__()
        self.stem = ConvNorm(3, stem, 3, 2)
        self.channels = tuple(rows[-1].channels for rows in stages)
        self.stages = nn.ModuleList()
        inputs = stem
        for rows in stages:
            blocks = nn.Sequential()
            for row in rows:
                for index in range(row.blocks):
                    blocks.append(InvertedResidual(inputs, row, row.stride if index == 0 else 1))
                    inputs = row.channels
            self.stages.append(blocks)
        self.train()

    def stage(self, index: int, maps: Tensor) -> Tensor:
        """Shapes as run_stage's."""
        maps = maps.contiguous(memory_format=torch.channels_last)
        if index == 0:
            maps = F.relu6(self.stem(maps))
        out: Tensor = self.stages[index](maps)
        return out

    def forward(self, images: Images) -> list[Tensor]:
        """All four maps. On a CPU frame by frame where there is no gradient: what a frame needs stays in its cache."""
        if torch.is_grad_enabled() or images.device.type != "cpu" or len(images) == 0:
            return super().forward(images)
        by_frame = [super(EfficientNetLite, self).forward(frame) for frame in images.split(1)]
        return [torch.cat(maps) for maps in zip(*by_frame, strict=True)]

    def stage_modules(self, index: int) -> tuple[nn.Module, ...]:
        """A sequence of blocks, after the stem in the first stage."""
        return (self.stem, self.stages[0]) if index == 0 else (self.stages[index],)

    def padding(self, size: int, index: int, stride: int) -> int:
        """None: each convolution pads as it needs to."""
        return 0

    def train(self, mode: bool = True) -> "EfficientNetLite":
        """Batch norm stays in evaluation mode."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def lite0() -> EfficientNetLite:
    """EfficientNet-Lite0: 24, 40, 112, 320 channels, 3.4 M parameters."""
    return EfficientNetLite(stem=32, stages=LITE0_STAGES)


def debug_encoder() -> EfficientNetLite:
    """The same in a few thousand parameters, for tests."""
    return EfficientNetLite(stem=8, stages=DEBUG_STAGES)
