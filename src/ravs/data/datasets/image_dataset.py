"""Sets that lie as pictures: one for each second with its mask, and a file of sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.data.datasets.dataset_audio import Waveform, read_seconds
from ravs.data.mask_files import Labels, RgbImage, read_image, resize_labels
from ravs.errors import InputError
from ravs.structures.clip import LabelledClip

FRAME_TIME_S = 15 / 16  # into its second: AVSBench keeps the last of sixteen frames of each


class ImageDataset(AvsDataset):
    """A set whose clips are read picture by picture; formats say how a mask reads, and what is heard."""

    has_table: ClassVar = True
    shown_s = FRAME_TIME_S  # when in its second a picture is shown

    def read_sound(self, entry: Entry) -> tuple[Waveform, int]:
        """A second of sound for each picture, and the sample rate."""
        return read_seconds(entry.sources[0].path, len(entry.frames), self.raw_video(entry))

    def read(self, entry: Entry) -> LabelledClip:
        """As `AvsDataset.read`. Pictures keep their size; a mask of another takes theirs, by its nearest pixels."""
        return self.read_part(entry, 0, len(entry.frames))

    def read_part(self, entry: Entry, first: int, seconds: int) -> LabelledClip:
        """As `AvsDataset.read_part`: no picture or mask of another second is opened."""
        part = slice(first, min(first + seconds, len(entry.frames)))
        frames = _stack(entry.frames[part])
        waveform, rate = self.read_sound(entry)
        return LabelledClip(
            frames=frames,
            waveform=waveform[:, part.start * rate : part.stop * rate],
            times_s=np.arange(part.start, part.stop) + self.shown_s,
            sample_rate_hz=rate,
            masks=np.stack([self._mask(path, frames.shape[1:3]) for path in entry.masks[part]]),
            name=entry.name,
            subset=entry.subset,
        )

    def _mask(self, path: Path | None, size: tuple[int, int]) -> Labels:
        if path is None:
            return np.full(size, IGNORE_INDEX, np.uint8)
        return resize_labels(self.read_mask(path), size)


def _stack(paths: Sequence[Path]) -> np.ndarray:
    """Pictures of one size. Raises InputError that names the one that differs."""
    pictures: list[RgbImage] = []
    for path in paths:
        pictures.append(read_image(path))
        if pictures[-1].shape != pictures[0].shape:
            sizes = " and ".join(f"{one.shape[1]}x{one.shape[0]}" for one in (pictures[-1], pictures[0]))
            raise InputError(f"{path} and {paths[0].name} are {sizes} pixels: the pictures of a clip have one size")
    return np.stack(pictures)
