"""What is heard around the things in view: ambient recordings, pink noise, faint white noise, or silence."""

from functools import lru_cache

import numpy as np

from ravs.data.composition.dry_track import SAMPLES, Stereo, Track
from ravs.data.composition.roles import pick
from ravs.data.library.library import SAMPLE_RATE_HZ, Library

EAR_DELAY = 700  # samples by which the right ear hears ambient sound later


def surround(
    mix: Stereo, negative: str | None, library: Library, generator: np.random.Generator
) -> tuple[str | None, float | None]:
    """Add ambient sound or noise to the mix: what it is, and by how much it lies below the mix."""
    if negative == "silence":
        return None, None
    if negative == "noise":
        mix += 10 ** (-65 / 20) * generator.standard_normal(mix.shape, np.float32)
        return "white noise", None
    if negative == "ambient":
        name, ambient = _ambient(library, generator)
        mix += ambient * np.float32(0.1 * 10 ** (generator.uniform(-20, 0) / 20))
        return name, None
    if generator.random() >= 0.75:
        return None, None
    snr_db = float(generator.uniform(5, 30))
    name, ambient = _ambient(library, generator)
    mix += ambient * np.float32(_level(mix) * 10 ** (-snr_db / 20))
    return name, snr_db


def _ambient(library: Library, generator: np.random.Generator) -> tuple[str, Stereo]:
    """An ambient recording, repeated, the right ear later, or pink noise: its name and samples of level 1."""
    if library.ambient and generator.random() < 0.8:
        path = pick([part.path for part in library.ambient], generator)
        recording = library.sound(path)
        left = np.resize(recording, SAMPLES).astype(np.float32)
        return path, _levelled(np.stack([left, np.roll(left, EAR_DELAY)]))
    noise = _pink_noise()
    starts = generator.integers(len(noise) - SAMPLES, size=2)
    return "pink noise", _levelled(np.stack([noise[start : start + SAMPLES] for start in starts]))


@lru_cache(maxsize=1)
def _pink_noise() -> Track:
    """Half a minute of noise whose power falls with frequency; clips take two places of it, one for each ear."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(1 << 20))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20 * (1 << 20) / SAMPLE_RATE_HZ))  # flat below 20 Hz
    return np.fft.irfft(spectrum).astype(np.float32)


def _levelled(sound: Stereo) -> Stereo:
    return sound / np.float32(max(_level(sound), 1e-9))


def _level(sound: Stereo) -> float:
    """Root mean square over both ears."""
    flat = sound.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat) / flat.size))
