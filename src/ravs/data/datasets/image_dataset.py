"""Data sets stored as images: a frame and a mask for each second, and audio files."""

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

FRAME_TIME_S = 15 / 16  # in its second: AVSBench keeps the last of sixteen frames


class ImageDataset(AvsDataset):
    """A data set whose clips are read image by image; subclasses read masks and audio."""

    has_metadata_order: ClassVar = True
    frame_time_s = FRAME_TIME_S  # when a frame is shown, in its second

    def read_audio(self, entry: Entry) -> tuple[Waveform, int]:
        """A second of audio for each frame, and the sample rate."""
        return read_seconds(entry.sources[0].path, len(entry.frames), self.raw_video(entry))

    def read(self, entry: Entry) -> LabelledClip:
        """As `AvsDataset.read`. Frames keep their size; masks of another size are resized to it (nearest pixel)."""
        return self.read_part(entry, 0, len(entry.frames))

    def read_part(self, entry: Entry, first: int, seconds: int) -> LabelledClip:
        """As `AvsDataset.read_part`: no frame or mask of another second is opened."""
        part = slice(first, min(first + seconds, len(entry.frames)))
        frames = _stack(entry.frames[part])
        waveform, rate = self.read_audio(entry)
        return LabelledClip(
            frames=frames,
            waveform=waveform[:, part.start * rate : part.stop * rate],
            times_s=np.arange(part.start, part.stop) + self.frame_time_s,
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
    """Read images of one size. Raises InputError that names the first one of another size."""
    images: list[RgbImage] = []
    for path in paths:
        images.append(read_image(path))
        if images[-1].shape != images[0].shape:
            sizes = " and ".join(f"{one.shape[1]}x{one.shape[0]}" for one in (images[-1], images[0]))
            raise InputError(f"{path} and {paths[0].name} are {sizes} pixels: the frames of a clip must have one size")
    return np.stack(images)
