"""All sounds of a library in one memory-mapped file, decoded once and shared by processes."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Int16

from ravs.media import read_audio
from ravs.parallel import ProgressFunction


def read_mono(path: Path, sample_rate_hz: int) -> Int16[np.ndarray, " samples"]:
    """Read a recording as one channel of 16-bit samples. Raises: DecodeError if it cannot be read."""
    samples = read_audio(path, sample_rate_hz).mean(axis=0)
    samples_16_bit: Int16[np.ndarray, " samples"] = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    return samples_16_bit


class SoundBank(dict[str, np.ndarray]):
    """Samples by path, views of one memory-mapped array."""

    @classmethod
    def open(
        cls,
        cache: Path,
        root: Path,
        paths: list[str],
        sample_rate_hz: int,
        progress: ProgressFunction | None = None,
    ) -> "SoundBank":
        """Open the bank of these files in the cache folder, decoding them into it first if it is missing."""
        key = hashlib.sha256("\n".join([str(sample_rate_hz), *map(str, map(_path_and_size(root), paths))]).encode())
        target = cache / f"sounds-{key.hexdigest()[:16]}.npy"
        lengths_path = target.with_suffix(".lengths.npy")
        if not (target.exists() and lengths_path.exists()):
            _decode_all(target, lengths_path, root, paths, sample_rate_hz, progress)
        samples = np.load(target, mmap_mode="r")
        ends = np.cumsum(np.load(lengths_path))
        starts = np.concatenate([[0], ends[:-1]])
        return cls({path: samples[start:end] for path, start, end in zip(paths, starts, ends, strict=True)})


def _path_and_size(root: Path) -> Callable[[str], tuple[str, int]]:
    return lambda path: (path, (root / path).stat().st_size)


def _decode_all(
    target: Path,
    lengths_path: Path,
    root: Path,
    paths: list[str],
    sample_rate_hz: int,
    progress: ProgressFunction | None,
) -> None:
    """Decode every file and write the result atomically, lengths first."""
    sounds = []
    for done, path in enumerate(paths):
        sounds.append(read_mono(root / path, sample_rate_hz))
        if progress:
            progress(done + 1, len(paths))
    target.parent.mkdir(parents=True, exist_ok=True)
    lengths = np.array([len(sound) for sound in sounds], dtype=np.int64)
    for destination, array in ((lengths_path, lengths), (target, np.concatenate(sounds))):
        temporary = destination.with_name(f".{destination.name}.{os.getpid()}.npy")
        try:
            np.save(temporary, array)
            temporary.replace(destination)
        finally:
            temporary.unlink(missing_ok=True)
