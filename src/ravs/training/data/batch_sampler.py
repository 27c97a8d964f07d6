"""Which clips each step sees: an order of (seed, epoch) alone, shared out among parts and processes."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import Sampler

from ravs.errors import InputError


class DistributedBatchSampler(Sampler[list[int]]):
    """This process's share of each part of each batch of an epoch.

    A batch is the same whatever the number of processes and parts (of gradient accumulation): its clips are dealt out
    in order, first to the parts, then to the processes. The last batch of an epoch may be smaller; where it has fewer
    clips than there are shares, it is left out.
    """

    def __init__(
        self, count: int, *, batch_size: int, parts: int = 1, seed: int = 0, rank: int = 0, processes: int = 1
    ) -> None:
        """`count` clips in all, `batch_size` in a batch over all processes and parts. Raises: InputError."""
        if batch_size % (parts * processes):
            raise InputError(
                f"training.batch_size is {batch_size}, the clips of an update over all processes; {processes} "
                f"processes with training.accumulation {parts} need a multiple of {parts * processes}"
            )
        if count < batch_size:
            raise InputError(f"training.batch_size is {batch_size}, and there are {count} to train on: give fewer")
        self.count = count
        self.batch_size = batch_size
        self.parts = parts
        self.seed = seed
        self.rank = rank
        self.processes = processes
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Another order from now on."""
        self.epoch = epoch

    def batches(self) -> list[list[int]]:
        """The batches of this epoch, whole."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        order = torch.randperm(self.count, generator=generator).tolist()
        whole = [order[start : start + self.batch_size] for start in range(0, self.count, self.batch_size)]
        return [batch for batch in whole if len(batch) >= self.parts * self.processes]

    def __iter__(self) -> Iterator[list[int]]:
        """Clips of one part after the other."""
        for batch in self.batches():
            for part in split_evenly(batch, self.parts):
                yield split_evenly(part, self.processes)[self.rank]

    def __len__(self) -> int:
        rest = self.count % self.batch_size
        return self.parts * (self.count // self.batch_size + (rest >= self.parts * self.processes))


def split_evenly(clips: list[int], shares: int) -> list[list[int]]:
    """Clips in so many runs, as even as can be."""
    return [[int(clip) for clip in share] for share in np.array_split(clips, shares)]
