"""What is heard around the things in view: ambient recordings, pink noise, faint white noise, or silence."""

from functools import lru_cache

import numpy as np

from ravs.data.composition.dry_track import CLIP_SAMPLES, MonoTrack, StereoTrack
from ravs.data.composition.roles import pick
from ravs.data.library.library import SAMPLE_RATE_HZ, Library

RIGHT_DELAY_SAMPLES = 700  # samples by which the right ear hears ambient sound later


def add_ambient(
    mix: StereoTrack, negative: str | None, library: Library, generator: np.random.Generator
) -> tuple[str | None, float | None]:
    """Add ambient sound or noise to the mix: what it is, and by how much it lies below the mix."""
    if negative == "silence":
        return None, None
    if negative == "noise":
        mix += 10 ** (-65 / 20) * generator.standard_normal(mix.shape, np.float32)
        return "white noise", None
    if negative == "ambient":
        name, ambient = _draw_ambient(library, generator)
        mix += ambient * np.float32(0.1 * 10 ** (generator.uniform(-20, 0) / 20))
        return name, None
    if generator.random() >= 0.75:
        return None, None
    snr_db = float(generator.uniform(5, 30))
    name, ambient = _draw_ambient(library, generator)
    mix += ambient * np.float32(_rms(mix) * 10 ** (-snr_db / 20))
    return name, snr_db


def _draw_ambient(library: Library, generator: np.random.Generator) -> tuple[str, StereoTrack]:
    """An ambient recording, repeated, the right ear later, or pink noise: its name and samples of level 1."""
    if library.ambient and generator.random() < 0.8:
        path = pick([part.path for part in library.ambient], generator)
        recording = library.sound(path)
        left = np.resize(recording, CLIP_SAMPLES).astype(np.float32)
        return path, _normalize_level(np.stack([left, np.roll(left, RIGHT_DELAY_SAMPLES)]))
    noise = _pink_noise()
    starts = generator.integers(len(noise) - CLIP_SAMPLES, size=2)
    return "pink noise", _normalize_level(np.stack([noise[start : start + CLIP_SAMPLES] for start in starts]))


@lru_cache(maxsize=1)
def _pink_noise() -> MonoTrack:
    """Half a minute of noise whose power falls with frequency; clips take two places of it, one for each ear."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(1 << 20))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20 * (1 << 20) / SAMPLE_RATE_HZ))  # flat below 20 Hz
    return np.fft.irfft(spectrum).astype(np.float32)


def _normalize_level(sound: StereoTrack) -> StereoTrack:
    return sound / np.float32(max(_rms(sound), 1e-9))


def _rms(sound: StereoTrack) -> float:
    """Root mean square over both ears."""
    flat = sound.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat) / flat.size))
