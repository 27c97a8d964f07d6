"""Saves predictions as files, each under the path that its true mask has in the data set's folder."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ravs.data.datasets.base import AudioSource, AvsDataset, Entry
from ravs.errors import InputError
from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.records import VideoRecord
from ravs.evaluation.settings import SUFFIX_BY_FORMAT
from ravs.files import write_atomic

LIST_FILE = "predictions.txt"  # names of the frames in scoring order


@dataclass(frozen=True)
class PredictionFiles:
    """A folder of predictions, one per labelled frame, and the true mask each belongs to."""

    folder: Path
    format: str  # one of SUFFIX_BY_FORMAT
    data: AvsDataset
    binary: bool  # sounding or silent
    paths: dict[str, tuple[Path | None, ...]]  # by entry and second; relative to the folder, without suffix
    unpaired: frozenset[Path] = field(default_factory=frozenset)  # those without a mask of their own

    @classmethod
    def of(
        cls, folder: Path, format: str, data: AvsDataset, entries: Iterable[Entry], binary: bool
    ) -> "PredictionFiles":
        """Files for these entries. Raises: InputError if there are no masks, or one lies outside the set's folder."""
        paths: dict[str, tuple[Path | None, ...]] = {}
        owners: dict[Path, tuple[AudioSource, ...]] = {}
        unpaired = set()
        for entry in entries:
            paths_of_entry = [None if mask is None else _relative_path(data, mask) for mask in entry.masks]
            if not any(paths_of_entry):
                raise InputError(f"{data.root}: {data.title} has no masks on disk by which predictions could be named")
            for second, path in enumerate(paths_of_entry):
                if path is not None and owners.setdefault(path, entry.sources) != entry.sources:
                    paths_of_entry[second] = _free_path(path, owners)  # VPO pairs one mask with several recordings
                    owners[paths_of_entry[second] or path] = entry.sources
                    unpaired.add(paths_of_entry[second] or path)
            paths[entry.name] = tuple(paths_of_entry)
        return cls(folder, format, data, binary, paths, frozenset(unpaired))

    @property
    def name(self) -> str:
        """The value of VideoRecord.saved for predictions in this folder."""
        return f"{self.format} in {self.folder.resolve()}"

    def check_free(self) -> None:
        """Raise InputError for the set's own folder, or if a file would be overwritten."""
        files = (self._file(path) for name in self.paths for path in self.paths[name] if path is not None)
        existing = next((file for file in files if file.exists()), None)
        if existing is not None or self.folder.resolve() == self.data.root.resolve():
            what = "is the set itself" if existing is None else f"holds {existing.relative_to(self.folder)} already"
            raise InputError(f"--save-predictions {self.folder}: {what}: name a new folder, so that nothing is lost")

    def has(self, entry: Entry, record: VideoRecord) -> bool:
        """Whether all counted frames were saved and still exist."""
        return record.saved == self.name and len(self._existing([entry.name])) >= record.frames

    def save(self, entry: Entry, frame: ScoredFrame) -> None:
        """Write one frame's file atomically."""
        assert frame.second is not None
        path = self.paths[entry.name][frame.second]
        assert path is not None  # the frame is labelled
        write_atomic(self._file(path), self._content(frame))

    def write_list(self, names: Sequence[str]) -> int:
        """List the frames of these entries, in order, in LIST_FILE; returns how many there are."""
        frames = [path for path in self._existing(names) if path not in self.unpaired]
        write_atomic(self.folder / LIST_FILE, "".join(f"{path.as_posix()}\n" for path in frames))
        return len(frames)

    def _existing(self, names: Iterable[str]) -> list[Path]:
        paths = [path for name in names for path in self.paths[name] if path is not None]
        return [path for path in paths if self._file(path).is_file()]

    def _file(self, path: Path) -> Path:
        return self.folder / path.with_name(f"{path.name}{SUFFIX_BY_FORMAT[self.format]}")

    def _content(self, frame: ScoredFrame) -> bytes:
        out = io.BytesIO()
        if self.format == "npy":
            scores = frame.probability if self.binary else frame.probabilities
            assert scores is not None  # frames of a model have them
            np.save(out, scores)
            return out.getvalue()
        labels = frame.labels if self.format == "png" or frame.winners is None else frame.winners
        values = labels * np.uint8(255) if self.binary else self.data.mask_values()[labels]
        Image.fromarray(values).save(out, format="PNG")
        return out.getvalue()


def _relative_path(data: AvsDataset, mask: Path) -> Path:
    try:
        return mask.relative_to(data.root).with_suffix("")
    except ValueError:
        raise InputError(f"{data.root}: has masks in {mask.parent}: give the folder that holds both") from None


def _free_path(path: Path, owners: dict[Path, tuple[AudioSource, ...]]) -> Path:
    """The same name with the next free number."""
    number = 2
    while (found := path.with_name(f"{path.name}_{number}")) in owners:
        number += 1
    return found
