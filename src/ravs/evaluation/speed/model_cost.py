"""What a model costs whatever the machine: parameters, and floating-point operations of a forward pass."""

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ravs.modeling.base import AVSModel


def count_parameters(model: AVSModel) -> int:
    """All parameters, those of frozen encoders too."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def count_flops(model: AVSModel, inputs: dict[str, Tensor]) -> int:
    """Of matrix products, convolutions and attention, by torch's FlopCounterMode: two for a multiply-add."""
    with FlopCounterMode(display=False) as counter:
        model(**inputs)
    return int(counter.get_total_flops())
