"""Clips of a data set, no longer than the model takes: a random window in training, all windows in validation."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import Dataset

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.structures.clip import LabelledClip
from ravs.training.augmentation.clip_augmentation import ClipAugmentation

WINDOW_STREAM = 1  # part of the seed, so that windows are drawn independently of augmentation


class DatasetClips(Dataset[LabelledClip]):
    """Clips of a data set, with augmentation or without, determined by (seed, epoch, index).

    Of a clip longer than `seconds`, a window with a labelled pixel is drawn in each epoch. `set_epoch` also reaches
    workers that already run. A missing or broken file raises InputError or DecodeError with its path.
    """

    def __init__(
        self,
        data: AvsDataset,
        entries: Sequence[Entry],
        *,
        seconds: int | None = None,
        seed: int = 0,
        augmentation: ClipAugmentation | None = None,
    ) -> None:
        """`seconds`: the maximum length of a clip; None: no limit."""
        self.data = data
        self.entries = tuple(entries)
        self.seconds = seconds
        self.seed = seed
        self.augmentation = augmentation
        self._labelled: dict[int, tuple[bool, ...]] = {}  # of long clips, filled on access
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Draw other windows and augmentation from now on."""
        self._epoch.fill_(epoch)

    def name_of(self, index: int) -> str:
        """A clip's name in messages."""
        return self.entries[index].name

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.entries)

    def __getitem__(self, index: int) -> LabelledClip:
        """One clip, or a window of it."""
        entry, epoch = self.entries[index], int(self._epoch)
        length = len(entry.masks)
        seconds, first = self.seconds or length, 0
        if length > seconds:
            first = draw_start(self.labelled(index), seconds, [self.seed, epoch, index, WINDOW_STREAM])
        clip = self.data.read_part(entry, first, seconds)
        return clip if self.augmentation is None else self.augmentation(clip, seed=self.seed, epoch=epoch, index=index)

    def labelled(self, index: int) -> tuple[bool, ...]:
        """Which seconds of a clip have a labelled pixel, that is not 255 (unknown). Raises: as `read_mask` does."""
        if index not in self._labelled:
            masks = self.entries[index].masks
            found = (mask is not None and bool((self.data.read_mask(mask) != IGNORE_INDEX).any()) for mask in masks)
            self._labelled[index] = tuple(found)
        return self._labelled[index]


class DatasetWindows(Dataset[LabelledClip]):
    """Every second of the clips of a data set: long ones as consecutive windows of `seconds`, as in evaluation."""

    def __init__(self, data: AvsDataset, entries: Sequence[Entry], seconds: int) -> None:
        self.data = data
        self.seconds = seconds
        self.windows = [(entry, first) for entry in entries for first in range(0, len(entry.masks), seconds)]

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.windows)

    def __getitem__(self, index: int) -> LabelledClip:
        """One window; the last one of a clip may be shorter."""
        entry, first = self.windows[index]
        return self.data.read_part(entry, first, self.seconds)


def draw_start(labelled_seconds: Sequence[bool], seconds: int, seed: Sequence[int]) -> int:
    """The first second of a window, uniform over windows with a labelled second; 0 for a clip that fits."""
    starts = range(max(len(labelled_seconds) - seconds, 0) + 1)
    labelled = [start for start in starts if any(labelled_seconds[start : start + seconds])]
    chosen: Sequence[int] = labelled or starts
    return int(chosen[int(np.random.default_rng(seed).integers(len(chosen)))])
