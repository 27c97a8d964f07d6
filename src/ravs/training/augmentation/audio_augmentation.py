"""Augmentation of stereo audio in training: speed, reverberation, noise, swapped or summed channels, gain."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32, Int16

from ravs.data.library.library import SAMPLE_RATE_HZ, Library

StereoAudio = Float32[np.ndarray, "2 samples"]


@dataclass(frozen=True, kw_only=True)
class VariedLibrary(Library):
    """A library that varies the speed and the spectrum of a recording each time it is read."""

    generator: np.random.Generator

    @classmethod
    def of(cls, library: Library, generator: np.random.Generator) -> "VariedLibrary":
        """A library of the same parts, varied by this generator."""
        return cls(**{f.name: getattr(library, f.name) for f in fields(library)}, generator=generator)

    def sound(self, path: str) -> Int16[np.ndarray, " samples"]:
        """A recording at 0.85 to 1.18 times its speed, with a first-order tilt of its spectrum, at its own level."""
        recording = np.asarray(super().sound(path), dtype=np.float32)
        speed = float(np.exp(self.generator.uniform(-0.16, 0.16)))
        length = max(int(len(recording) / speed), 1)
        varied = np.interp(np.arange(length, dtype=np.float32) * speed, np.arange(len(recording)), recording)
        varied[1:] += self.generator.uniform(-0.6, 0.6) * varied[:-1]
        level = np.sqrt(np.mean(np.square(recording))) / max(np.sqrt(np.mean(np.square(varied))), 1e-6)
        leveled: Int16[np.ndarray, " samples"] = np.clip(varied * level, -32767, 32767).astype(np.int16)
        return leveled


def reverberate(audio: StereoAudio, probability: float, generator: np.random.Generator) -> StereoAudio:
    """With this probability, add reverberation: noise per channel that decays by 60 dB in 0.1 to 0.6 s.

    Its energy is 4 to 20 dB below the direct sound's, so that the direction stays audible.
    """
    if generator.random() >= probability:
        return audio
    decay_s, level_db = float(generator.uniform(0.1, 0.6)), float(generator.uniform(-20, -4))
    length = int(decay_s * SAMPLE_RATE_HZ)
    fade = 10 ** (-3 * np.arange(length, dtype=np.float32) / length)
    reverb = generator.standard_normal((2, length), np.float32) * fade.astype(np.float32)
    reverb *= np.float32(10 ** (level_db / 20)) / np.linalg.norm(reverb, axis=1, keepdims=True)
    size = 1 << (audio.shape[1] + length - 1).bit_length()
    mono = np.fft.rfft(audio.mean(axis=0), size)  # reverberation comes from everywhere, wherever the source is
    wet = np.fft.irfft(mono * np.fft.rfft(reverb, size), size)[:, : audio.shape[1]]
    return audio + wet.astype(np.float32)


def add_noise(audio: StereoAudio, probability: float, generator: np.random.Generator) -> StereoAudio:
    """With this probability, add white noise 20 to 50 dB below the clip's level; none in silence."""
    if generator.random() >= probability:
        return audio
    level = float(np.sqrt(np.mean(np.square(audio)))) * 10 ** (-float(generator.uniform(20, 50)) / 20)
    noisy: StereoAudio = audio + generator.standard_normal(audio.shape, np.float32) * np.float32(level)
    return noisy


def set_channels_and_gain(
    audio: StereoAudio, mirrored: bool, mono: bool, gain_db: tuple[float, float], generator: np.random.Generator
) -> StereoAudio:
    """Swap or sum the channels or keep them, and apply a random gain that keeps the peak within 1."""
    audio = audio[::-1] if mirrored else audio
    if mono:
        audio = np.repeat(audio.sum(axis=0, keepdims=True) / np.float32(np.sqrt(2)), 2, axis=0)
    gain = 10 ** (generator.uniform(*gain_db) / 20)
    return np.ascontiguousarray(audio * np.float32(min(gain, 1 / max(float(np.abs(audio).max()), 1e-6))))
