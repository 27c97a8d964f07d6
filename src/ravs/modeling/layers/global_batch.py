"""One batch shared by the processes of a run: sums, statistics and dropout as one process would have them.

The losses are normalized over the batch (labelled pixels, classes that occur, positive groups), so the mean of the
losses of two halves is not the loss of both. Inside `shared_batch()` the sums they are made of go over all
processes. Each process then has the loss of the full batch, and the mean of the processes' gradients, as
DistributedDataParallel takes it, is that loss's gradient. Outside of it, and in one process, nothing is exchanged.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional as F

_shared = [False]


@contextmanager
def shared_batch() -> Iterator[None]:
    """Share one batch among the processes of the run, which must all run the same operations inside the block."""
    before, _shared[0] = _shared[0], distributed.is_available() and distributed.is_initialized()
    try:
        yield
    finally:
        _shared[0] = before


def is_shared() -> bool:
    """Whether the batch has shares in other processes."""
    return _shared[0] and distributed.get_world_size() > 1


class _AllReduceSum(torch.autograd.Function):
    """Sum over the processes; gradients are summed likewise."""

    @staticmethod
    def forward(context: Any, share: Tensor) -> Tensor:
        total = share.contiguous().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        return total


def sum_over_processes(share: Tensor) -> Tensor:
    """The sum over all shares of the batch, with its gradient; in one process the tensor itself."""
    if not is_shared():
        return share
    total: Tensor = _AllReduceSum.apply(share)
    return total


class GlobalBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with the statistics of the full batch; PyTorch's own SyncBatchNorm needs a GPU."""

    def forward(self, input: Tensor) -> Tensor:
        """Shapes: frames, channels, height, width to the same."""
        if not (self.training and is_shared()):
            return super().forward(input)
        count = sum_over_processes(input.new_tensor(float(input.numel() // input.shape[1])))
        mean = sum_over_processes(input.sum(dim=(0, 2, 3))) / count
        centered = input - mean[:, None, None]
        variance = sum_over_processes(centered.square().sum(dim=(0, 2, 3))) / count
        self._update_running_statistics(mean.detach(), variance.detach() * count / (count - 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centered * scale[:, None, None] + self.bias[:, None, None]

    @torch.no_grad()
    def _update_running_statistics(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


class GlobalDropout(nn.Dropout):
    """Dropout that draws for the full batch and keeps its share; processes whose generators agree drop as one does."""

    def forward(self, input: Tensor) -> Tensor:
        """Shapes: frames first, then anything, to the same."""
        if not (self.training and is_shared()):
            return super().forward(input)
        sizes = input.new_zeros(distributed.get_world_size(), dtype=torch.int64)
        rank = distributed.get_rank()
        sizes[rank] = len(input)
        sizes = sum_over_processes(sizes)
        factors = F.dropout(input.new_ones(int(sizes.sum()), *input.shape[1:]), self.p)
        start = int(sizes[:rank].sum())
        return input * factors[start : start + len(input)]


class GlobalDropout2d(GlobalDropout):
    """The same for complete channels of a map."""

    def forward(self, input: Tensor) -> Tensor:
        """Shapes: frames, channels, height, width to the same."""
        return input * super().forward(input.new_ones(*input.shape[:2], 1, 1))
