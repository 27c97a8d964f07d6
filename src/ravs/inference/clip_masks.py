"""Masks of the clips of a batch, out of a model's logits."""

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor
from torch.nn import functional as F

from ravs.config import RavsConfig
from ravs.inference.postprocess import names_at_size
from ravs.inference.region_names import RegionNamer, names_of_regions
from ravs.structures.mask_rule import MaskRule, is_sounding, label_map


def clip_masks(
    logits: Float[Tensor, "seconds classes low_height low_width"],
    size: tuple[int, int],
    config: RavsConfig,
    threshold: float,
) -> Integer[Tensor, "seconds height width"]:
    """Class indices at a size (height, width) of one clip's adjusted logits, 0 where nothing sounds.

    A pixel sounds where 1 - P(background) exceeds the threshold. Its class is the most probable other one, or with
    names by region that of its region.
    """
    rule = MaskRule(names=config.mask_classes, allowed=tuple(range(1, config.num_classes)), threshold=threshold)
    namer = RegionNamer.of(config.names, rule)
    probabilities = logits.detach().float().softmax(dim=1)
    larger = F.interpolate(probabilities, size, mode="bilinear")
    if namer is None:
        labels: Tensor = label_map(larger, rule.threshold, axis=1)
    else:
        names = [names_at_size(second, size) for second in names_of_regions(namer, probabilities)]
        labels = torch.from_numpy(np.stack(names)).to(larger.device) * is_sounding(larger[:, 0], rule.threshold)
    return labels
