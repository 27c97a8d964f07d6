"""Batch sampler for distributed training: an order that depends only on (seed, epoch), split among processes."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import Sampler

from ravs.errors import InputError


class DistributedBatchSampler(Sampler[list[int]]):
    """This process's share of each part of each batch of an epoch.

    A batch is the same whatever the number of processes and of parts (gradient accumulation steps): its clips are
    split in order, first into the parts, then among the processes. The last batch of an epoch may be smaller; if it
    has fewer clips than there are shares, it is left out.
    """

    def __init__(
        self, count: int, *, batch_size: int, accumulation: int = 1, seed: int = 0, rank: int = 0, processes: int = 1
    ) -> None:
        """`count` clips in all, `batch_size` of them in a batch over all processes and parts. Raises: InputError."""
        if batch_size % (accumulation * processes):
            raise InputError(
                f"training.batch_size is {batch_size}, the clips of an update over all processes; {processes} "
                f"processes with training.accumulation {accumulation} need a multiple of {accumulation * processes}"
            )
        if count < batch_size:
            raise InputError(f"training.batch_size is {batch_size}, and there are {count} to train on: give fewer")
        self.count = count
        self.batch_size = batch_size
        self.accumulation = accumulation
        self.seed = seed
        self.rank = rank
        self.processes = processes
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Use this epoch's order from now on."""
        self.epoch = epoch

    def batches(self) -> list[list[int]]:
        """The batches of this epoch, over all parts and processes."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        order = torch.randperm(self.count, generator=generator).tolist()
        batches = [order[start : start + self.batch_size] for start in range(0, self.count, self.batch_size)]
        return [batch for batch in batches if len(batch) >= self.accumulation * self.processes]

    def __iter__(self) -> Iterator[list[int]]:
        """This process's clips of each part in turn."""
        for batch in self.batches():
            for part in split_evenly(batch, self.accumulation):
                yield split_evenly(part, self.processes)[self.rank]

    def __len__(self) -> int:
        rest = self.count % self.batch_size
        return self.accumulation * (self.count // self.batch_size + (rest >= self.accumulation * self.processes))


def split_evenly(clips: list[int], shares: int) -> list[list[int]]:
    """Clips split in order into so many shares, as evenly as possible."""
    return [[int(clip) for clip in share] for share in np.array_split(clips, shares)]
