"""Takes of clips, drawn once and kept as memory-mapped arrays: many runs train on the very same ones for nothing."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.training_clips import TrainingClips

MemoryMap = np.memmap[Any, Any]
STORED_DTYPES = {torch.float32: np.float16}  # features, and shares between directions, to three digits


class ClipCache(Dataset[dict[str, Tensor]]):
    """Some takes of each clip of a pool: what `Collator.take` makes of all clips, epoch after epoch."""

    def __init__(self, folder: Path, library: Library) -> None:
        """Open the takes in a folder. Use `build`, which makes them where they are missing."""
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
        progress: Callable[[int, int], None] | None = None,
    ) -> "ClipCache":
        """The takes in a folder, drawn if they are not there.

        Args:
            folder: where they lie, or will; it appears when all are drawn.
            clips: of which takes are drawn.
            collator: decides what is kept of a clip.
            count: takes of each clip.
            settings: everything that the takes follow from, kept beside them.
            progress: called with takes drawn and takes in all.

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
        """One take, for `Collator.join`."""
        return {name: torch.from_numpy(np.array(array[index])) for name, array in self.arrays.items()}


def _publish(temporary: Path, folder: Path, record: Path) -> None:
    """Move what was drawn to its place, unless another run has put the same there meanwhile, be it just now."""
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
    progress: Callable[[int, int], None] | None,
) -> None:
    """Write every take to its place in arrays as long as all of them."""
    arrays: dict[str, MemoryMap] = {}
    total = count * len(clips)
    for place in range(total):
        epoch, index = divmod(place, len(clips))
        clips.set_epoch(epoch)
        take = collator.take(clips[index])
        arrays = arrays or _allocate(folder, take, total)
        for name, value in take.items():
            arrays[name][place] = value.numpy()
        if progress:
            progress(place + 1, total)
    for array in arrays.values():
        array.flush()


def _allocate(folder: Path, take: dict[str, Tensor], total: int) -> dict[str, MemoryMap]:
    """Arrays for all takes that are like one of them; their place on the disk is taken at once.

    Raises: OSError where there is none: to write to mapped memory without room behind it would end the process.
    """
    arrays = {}
    for name, value in take.items():
        path, kind = folder / f"{name}.npy", STORED_DTYPES.get(value.dtype, value.numpy().dtype)
        arrays[name] = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=(total, *value.shape))
        if hasattr(os, "posix_fallocate"):  # not on macOS and Windows
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return arrays
