"""The recordings of a library as material for single seconds: by class and original, at one sample rate."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from ravs.data.composition.film.second_degradation import MonoSecond, rms
from ravs.data.composition.film.second_settings import SecondSettings
from ravs.data.library.library import SAMPLE_RATE_HZ, Library, LibraryPart
from ravs.media.resample import resample

MAX_TRIES = 8
LOUD_ENOUGH = 0.02  # RMS of a piece that is taken at once
GAP_S = (0.05, 0.3)  # between repetitions of a short recording


def group_of(part: LibraryPart) -> str:
    """The original that a part was made from: its group, or itself."""
    return part.group or part.path


def by_group(parts: Sequence[LibraryPart]) -> dict[str, list[str]]:
    """Paths of the parts of each original, in the order of the parts."""
    found: dict[str, list[str]] = {}
    for part in parts:
        found.setdefault(group_of(part), []).append(part.path)
    return found


class SoundMaterial:
    """Recordings of a library. Each is resampled on first use and kept.

    `recordings`: class to original to paths.
    """

    def __init__(self, library: Library, rate_hz: int) -> None:
        self.library, self.rate_hz = library, rate_hz
        self.recordings = {name: by_group(parts) for name, parts in library.sounds.items()}
        self.ambient = [part.path for part in library.ambient]
        self._waveforms: dict[str, MonoSecond] = {}

    def waveform(self, path: str) -> MonoSecond:
        """A recording at the rate of this material, in [-1, 1]."""
        if path not in self._waveforms:
            samples = self.library.sound(path).astype(np.float32) / 32768
            self._waveforms[path] = resample(samples[None], SAMPLE_RATE_HZ, self.rate_hz)[0]
        return self._waveforms[path]

    def draw_recording(self, class_name: str, generator: np.random.Generator) -> str:
        """A recording of a class: first the original, then one of its recordings."""
        groups = list(self.recordings[class_name].values())
        paths = groups[int(generator.integers(len(groups)))]
        return paths[int(generator.integers(len(paths)))]

    def second(self, path: str, generator: np.random.Generator, settings: SecondSettings) -> MonoSecond:
        """A second of a recording, at a random speed; of eight random pieces the first that is loud enough."""
        changed = generator.random() < settings.speed_change
        speed = float(np.exp(generator.uniform(*settings.speed_nepers))) if changed else 1.0
        length = int(self.rate_hz * speed) + 2
        waveform = self._repeated(self.waveform(path), length, generator)
        for _ in range(MAX_TRIES):
            start = int(generator.integers(len(waveform) - length + 1))
            piece = waveform[start : start + length]
            if rms(piece) > LOUD_ENOUGH:
                break
        times = np.arange(self.rate_hz) * speed
        return np.asarray(np.interp(times, np.arange(length), piece), np.float32)

    def _repeated(
        self, waveform: MonoSecond, length: int, generator: np.random.Generator
    ) -> Float32[np.ndarray, " longer"]:
        """A recording as it is, or, if it is shorter, repeated after equal gaps for twice this length."""
        if len(waveform) >= length:
            return waveform
        gap = int(generator.uniform(*GAP_S) * self.rate_hz)
        once = np.concatenate([waveform, np.zeros(gap, np.float32)])
        return np.tile(once, -(-2 * length // len(once)))
