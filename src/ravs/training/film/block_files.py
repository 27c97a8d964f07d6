"""Rows of tensors in block files, each written at once and never again: what a stopped run has drawn is kept."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ravs.files import atomic_file
from ravs.parallel import ProgressFunction, map_in_processes

FACTS = "facts"  # key of the header: JSON, one value a row


class Block(NamedTuple):
    """A file, and which rows it has."""

    path: Path
    rows: range


def blocks_of(folder: Path, count: int, size: int) -> list[Block]:
    """The blocks of so many rows, named after their first row."""
    return [
        Block(folder / f"{first:06d}.safetensors", range(first, min(first + size, count)))
        for first in range(0, count, size)
    ]


def write_missing(
    work: Callable[[Block], None], blocks: Sequence[Block], jobs: int, progress: ProgressFunction | None = None
) -> None:
    """Let processes write the blocks that are not there. One thread each, so that their number changes no bit."""
    missing = [block for block in blocks if not block.path.exists()]
    for _ in map_in_processes(work, missing, jobs, progress):
        pass


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Sequence[Any] = ()) -> None:
    """Write a file atomically."""
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    with atomic_file(path) as part:
        save_file(contiguous, part, metadata={FACTS: json.dumps(list(facts))})


class BlockRows:
    """The rows of block files, read one at a time from memory-mapped files. `facts` has a value for each."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._files = [safe_open(path, framework="pt") for path in paths]
        facts = [json.loads(file.metadata()[FACTS]) for file in self._files]
        self.facts: list[Any] = [one for found in facts for one in found]
        self._places = [
            (file, row) for file, found in zip(self._files, facts, strict=True) for row in range(len(found))
        ]

    def __len__(self) -> int:
        return len(self.facts)

    def row(self, name: str, index: int) -> Tensor:
        """One row of the tensors of this name."""
        file, place = self._places[index]
        tensor: Tensor = file.get_slice(name)[place]
        return tensor

    def all_rows(self, name: str) -> Tensor:
        """All rows of the tensors of this name."""
        return torch.cat([file.get_tensor(name) for file in self._files])


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch use one thread inside the block: the order of its sums then hangs on nothing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
