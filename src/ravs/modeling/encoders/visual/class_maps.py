"""Where a frozen ImageNet classifier sees our classes: EfficientNet-Lite0's head at every place of its last map."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.visual.efficientnet import LITE0_STAGES, ConvNorm
from ravs.modeling.encoders.visual.imagenet_classes import imagenet_indices
from ravs.modeling.shapes import ClassMaps, FeatureMap

IMAGENET_CLASSES = 1000
HEAD_CHANNELS = 1280


def sum_over_classes(probabilities: ClassMaps, indices: Sequence[Sequence[int]]) -> Tensor:
    """One map for each entry of `indices`: the sum of `probabilities` over the classes it lists, zero if it lists none.

    Returns frames, len(indices), height, width. A class that no entry lists is dropped: sums stay below one.
    """
    return torch.stack([probabilities[:, list(one)].sum(1) for one in indices], 1)


class ImageNetClassMaps(FrozenEncoder):
    """Probability of each of our classes at each place, by the frozen ImageNet classifier of EfficientNet-Lite0.

    Ours, not the paper's. The classifier, made for the mean of the last map's hidden features, is applied to each of
    them. Where it is unsure, a class has about its share of the 1,000: a dog, with 120 of them, 0.1. Weights:
    `load_encoder(maps, "efficientnet-lite0-head")`.
    """

    def __init__(self, classes: Sequence[str], *, channels: int = LITE0_STAGES[-1][-1].channels) -> None:
        """`classes`: names in imagenet_classes.csv; one that is not there, or has no index, has a zero map.

        `channels` of the last map; others than Lite0's for tests alone, since no weights fit them.
        """
        super().__init__()
        table = imagenet_indices()
        self.indices = [table.get(name, ()) for name in classes]
        self.head = ConvNorm(channels, HEAD_CHANNELS)
        self.classifier = nn.Linear(HEAD_CHANNELS, IMAGENET_CLASSES)
        self.freeze()

    def logits(self, last_map: FeatureMap) -> Tensor:
        """Logits of ImageNet's classes at each place: frames, 1000, height, width.

        Their mean over the places is the classifier's own answer for the image.
        """
        hidden = F.relu6(self.head(last_map))
        out: Tensor = self.classifier(hidden.movedim(1, -1)).movedim(-1, 1)
        return out

    def forward(self, last_map: FeatureMap) -> Tensor:
        """Our classes' probabilities: softmax over ImageNet's classes at each place, then sums by the table.

        Args:
            last_map: EfficientNet-Lite0's map at stride 32, with its ImageNet weights: frames, 320, height, width.

        Returns frames, classes, height, width in [0, 1], float32 under autocast too, without a gradient.
        """
        with torch.no_grad():
            return sum_over_classes(self.logits(last_map).float().softmax(1), self.indices)
