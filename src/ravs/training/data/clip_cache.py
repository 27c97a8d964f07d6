"""Cache of composed clips as memory-mapped arrays, shared by many runs. A take is one random draw of a clip."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.parallel import ProgressFunction
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.training_clips import TrainingClips

MemoryMap = np.memmap[Any, Any]
STORED_DTYPES = {torch.float32: np.float16}  # features, tokens and direction weights, to three digits


class ClipCache(Dataset[dict[str, Tensor]]):
    """Several takes of each clip of a pool: `ComposedCollator.prepare` of all clips, epoch after epoch."""

    def __init__(self, folder: Path, library: Library) -> None:
        """Open the takes in a folder. Use `build`, which draws them where they are missing."""
        self.library = library
        self.arrays = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}

    @classmethod
    def build(
        cls,
        folder: Path,
        clips: TrainingClips,
        collator: ComposedCollator,
        count: int,
        settings: dict[str, Any],
        progress: ProgressFunction | None = None,
    ) -> "ClipCache":
        """Open the takes in a folder; draw them if it does not exist.

        Args:
            folder: of the takes; it is created when all are drawn.
            clips: the clips to draw takes of.
            collator: decides what is stored of a clip.
            count: takes per clip.
            settings: everything that determines the takes, stored beside them.
            progress: called with the number of takes drawn and of all takes.

        Raises: InputError if the folder holds takes of other settings.
        """
        wanted, record = json.dumps(settings, indent=1, sort_keys=True), folder / "takes.json"
        if record.exists() and record.read_text(encoding="utf-8") != wanted:
            raise InputError(f"{folder} holds takes of other settings: remove it, or name another folder")
        if not record.exists():
            temporary = folder.with_name(f".{folder.name}.{os.getpid()}.part")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            try:
                _write_clips(temporary, clips, collator, count, progress)
                (temporary / "takes.json").write_text(wanted, encoding="utf-8")
                _publish(temporary, folder, record)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        return cls(folder, clips.library)

    def __len__(self) -> int:
        """Number of takes."""
        return len(next(iter(self.arrays.values())))

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """One take, for `ComposedCollator.stack`."""
        return {name: torch.from_numpy(np.array(array[index])) for name, array in self.arrays.items()}


def _publish(temporary: Path, folder: Path, record: Path) -> None:
    """Move the drawn takes to their folder, unless another run has created the same folder meanwhile."""
    try:
        temporary.replace(folder)
    except OSError as error:
        if not record.exists():
            raise InputError(f"{folder}: takes cannot be kept there ({error}): remove it, and start again") from None


def _write_clips(
    folder: Path,
    clips: TrainingClips,
    collator: ComposedCollator,
    count: int,
    progress: ProgressFunction | None,
) -> None:
    """Draw every take and write it into memory-mapped arrays."""
    arrays: dict[str, MemoryMap] = {}
    total = count * len(clips)
    for row in range(total):
        epoch, index = divmod(row, len(clips))
        clips.set_epoch(epoch)
        take = collator.prepare(clips[index])
        arrays = arrays or _allocate(folder, take, total)
        for name, value in take.items():
            arrays[name][row] = value.numpy()
        if progress:
            progress(row + 1, total)
    for array in arrays.values():
        array.flush()


def _allocate(folder: Path, take: dict[str, Tensor], total: int) -> dict[str, MemoryMap]:
    """Arrays for all takes, shaped like one of them, with their disk space reserved.

    Raises: OSError if the disk is full, since writing to mapped memory without space behind it kills the process.
    """
    arrays = {}
    for name, value in take.items():
        path, dtype = folder / f"{name}.npy", STORED_DTYPES.get(value.dtype, value.numpy().dtype)
        arrays[name] = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(total, *value.shape))
        if hasattr(os, "posix_fallocate"):  # not on macOS and Windows
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return arrays
