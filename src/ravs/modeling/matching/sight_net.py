"""What is in view (ours): a classifier of every position, on the maps of a frozen visual encoder."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.layers.global_batch import GlobalBatchNorm2d, GlobalDropout2d, sum_over_processes
from ravs.modeling.losses import segmentation_loss, sounding_logits
from ravs.modeling.shapes import ClassMaps, FeatureMap, Masks

CLASS_MAP_FLOOR = 1e-5  # added to a probability before its logarithm
CLASS_MAP_MIDDLE = -6.0  # a logarithm between absent (-11.5) and present (0)
DROPOUT = 0.15
DICE_WEIGHT = 0.5
DICE_PIXELS = 50  # added to both sides of the fraction: a frame with a small object or none does not dominate
GROUPS = 8  # of each group norm


class FrozenMaps(NamedTuple):
    """All that is read of images, by frozen parts alone, so that it can be computed once and kept."""

    fine: Float[Tensor, "frames fine_channels height width"]  # stride 8: the first stage averaged 2×2, and the second
    middle: Float[Tensor, "frames middle_channels middle_height middle_width"]  # stride 16
    coarse: Float[Tensor, "frames coarse_channels coarse_height coarse_width"]  # stride 32
    class_maps: Float[Tensor, "frames names coarse_height coarse_width"]  # log(P + 1e-5) of ImageNet's classifier


def join_stages(
    stages: Sequence[Tensor], probabilities: Float[Tensor, "frames names coarse_height coarse_width"]
) -> FrozenMaps:
    """Four maps at strides 4, 8, 16, 32, and ImageNet's P(class) at stride 32, as FrozenMaps."""
    first, second, middle, coarse = stages
    averaged = F.avg_pool2d(first, 2, ceil_mode=True)
    return FrozenMaps(torch.cat([averaged, second], 1), middle, coarse, (probabilities + CLASS_MAP_FLOOR).log())


def resize_like(maps: Tensor, other: Tensor) -> Tensor:
    """Maps at the height and width of others, bilinear: frames, channels, height, width."""
    return F.interpolate(maps, other.shape[-2:], mode="bilinear")


def conv_block(inputs: int, outputs: int, dilation: int = 1) -> nn.Sequential:
    """3×3 convolution without bias, group norm and ReLU, at the resolution of the input."""
    conv = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(conv, nn.GroupNorm(GROUPS, outputs), nn.ReLU(inplace=True))


class SightNet(nn.Module):
    """Logits of background and of each class in view, silent or not, at stride 8.

    The maps are brought to one width and size and summed; ImageNet's own class maps enter at the end, each with a
    weight and a bias, so that a class that ImageNet knows is seen before anything is learned.
    """

    def __init__(
        self, *, channels: tuple[int, int, int], num_classes: int, projection_width: int, width: int, depth: int
    ) -> None:
        """`channels` of the fine, middle and coarse maps; `num_classes` without background."""
        super().__init__()
        self.norms = nn.ModuleList(GlobalBatchNorm2d(count) for count in channels)
        self.projections = nn.ModuleList(nn.Conv2d(count, projection_width, 1) for count in channels)
        widths = (projection_width, *[width] * depth)
        self.body = nn.Sequential(*(conv_block(*pair) for pair in pairwise(widths)))
        self.dropout = GlobalDropout2d(DROPOUT)
        self.classify = nn.Conv2d(width, num_classes + 1, 1)
        self.class_map_weight = nn.Parameter(torch.full((num_classes,), 0.3))
        self.class_map_bias = nn.Parameter(torch.zeros(num_classes))
        assert self.classify.bias is not None
        nn.init.constant_(self.classify.bias[:1], 2.0)  # most positions are background

    def forward(self, maps: FrozenMaps) -> ClassMaps:
        """Logits of background and the classes: frames, classes + 1, height, width of the fine map."""
        logits = self.classify(self.dropout(self.body(self.sum_of_maps(maps))))
        class_maps = resize_like(maps.class_maps, maps.fine) - CLASS_MAP_MIDDLE
        prior = self.class_map_weight[:, None, None] * class_maps + self.class_map_bias[:, None, None]
        return torch.cat([logits[:, :1], logits[:, 1:] + prior], 1)

    def sum_of_maps(self, maps: FrozenMaps) -> FeatureMap:
        """The fine, middle and coarse maps, each normalized and projected, summed at the size of the fine one."""
        three = zip(maps[:3], self.norms, self.projections, strict=True)
        fine, middle, coarse = (project(self.dropout(norm(one))) for one, norm, project in three)
        total: Tensor = fine + resize_like(middle, fine) + resize_like(coarse, fine)
        return total

    def in_view_loss(self, maps: FrozenMaps, in_view: Masks) -> Float[Tensor, ""]:
        """The loss that this part is trained with by itself: cross-entropy plus half a Dice loss of any class.

        Args:
            maps: of some frames.
            in_view: the class of everything in view, silent or not, 0 background, 255 ignored: frames, height, width.
        """
        logits = F.interpolate(self(maps).float(), in_view.shape[-2:], mode="bilinear")
        cross_entropy = segmentation_loss(logits, in_view, (1.0, 0.0, 0.0), "present")
        return cross_entropy + DICE_WEIGHT * dice_of_frames(sounding_logits(logits).softmax(1)[:, 1], in_view)


def dice_of_frames(probability: Float[Tensor, "frames height width"], masks: Masks) -> Float[Tensor, ""]:
    """Mean over frames of their Dice losses."""
    loss = dice_losses(probability, masks)
    return sum_over_processes(loss.sum()) / sum_over_processes(loss.new_tensor(float(len(loss))))


def dice_losses(probability: Float[Tensor, "frames height width"], masks: Masks) -> Float[Tensor, " frames"]:
    """Of each frame 1 - Dice between a probability and the pixels of any class, smoothed by 50 pixels; 255 ignored."""
    counted = masks != IGNORE_INDEX
    truth, probability = (masks > 0) & counted, probability * counted
    both, sizes = (probability * truth).sum((1, 2)), (probability + truth).sum((1, 2))
    return 1 - (2 * both + DICE_PIXELS) / (sizes + DICE_PIXELS)
