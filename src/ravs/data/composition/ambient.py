"""Background audio of a clip: ambient recordings, pink noise, faint white noise, or silence."""

from functools import lru_cache

import numpy as np

from ravs.data.composition.dry_track import CLIP_SAMPLES, MonoTrack, StereoTrack
from ravs.data.composition.roles import pick
from ravs.data.library.library import SAMPLE_RATE_HZ, Library

RIGHT_DELAY_SAMPLES = 700  # samples by which ambient audio is later on the right channel


def add_ambient(
    mix: StereoTrack, negative: str | None, library: Library, generator: np.random.Generator
) -> tuple[str | None, float | None]:
    """Add ambient audio or noise to the mix, in place. Returns: its name, and its level below the mix in dB."""
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
    """An ambient recording, repeated and delayed on the right, or pink noise: its name, and samples of RMS 1."""
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
    """Half a minute of noise whose power falls with frequency; each channel of a clip is a different excerpt."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(1 << 20))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20 * (1 << 20) / SAMPLE_RATE_HZ))  # flat below 20 Hz
    return np.fft.irfft(spectrum).astype(np.float32)


def _normalize_level(audio: StereoTrack) -> StereoTrack:
    return audio / np.float32(max(_rms(audio), 1e-9))


def _rms(audio: StereoTrack) -> float:
    """Root mean square over both channels."""
    flat = audio.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat) / flat.size))
