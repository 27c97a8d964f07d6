import math

import pytest
import torch


def fill(shapes, generator):
    """Random tensors of the given shapes, scaled by their role, so that deep encoders neither die nor explode."""
    state = {}
    for key, shape in shapes.items():
        if key.endswith("num_batches_tracked"):
            state[key] = torch.tensor(7)
        elif key.endswith("running_var"):
            state[key] = 0.5 + torch.rand(shape, generator=generator)
        elif key.endswith("weight") and len(shape) > 1:
            state[key] = torch.empty(shape).normal_(0, 1 / math.sqrt(math.prod(shape[1:])), generator=generator)
        else:
            around = 1.0 if key.endswith("weight") else 0.0
            state[key] = around + 0.1 * torch.randn(shape, generator=generator)
    return state


@pytest.fixture(scope="session")
def random_state():
    """Shapes by name to tensors by name, the same at every call."""
    return lambda shapes: fill(shapes, torch.Generator().manual_seed(0))
