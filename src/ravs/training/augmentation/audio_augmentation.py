"""Changes to a clip's sound in training: ears swapped or summed, a room's echo, noise, loudness."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float32, Int16

from ravs.data.library.library import SAMPLE_RATE_HZ, Library

StereoAudio = Float32[np.ndarray, "2 samples"]


@dataclass(frozen=True, kw_only=True)
class VariedLibrary(Library):
    """A library whose recordings come a little faster or slower, brighter or duller each time (augmentation)."""

    generator: np.random.Generator

    @classmethod
    def of(cls, library: Library, generator: np.random.Generator) -> "VariedLibrary":
        """The same parts, varied by this generator."""
        return cls(**{f.name: getattr(library, f.name) for f in fields(library)}, generator=generator)

    def sound(self, path: str) -> Int16[np.ndarray, " samples"]:
        """A recording at 0.85 to 1.18 times its speed, with a first-order tilt of its spectrum, at its own level."""
        recording = np.asarray(super().sound(path), dtype=np.float32)
        speed = float(np.exp(self.generator.uniform(-0.16, 0.16)))
        length = max(int(len(recording) / speed), 1)
        varied = np.interp(np.arange(length, dtype=np.float32) * speed, np.arange(len(recording)), recording)
        varied[1:] += self.generator.uniform(-0.6, 0.6) * varied[:-1]
        level = np.sqrt(np.mean(np.square(recording))) / max(np.sqrt(np.mean(np.square(varied))), 1e-6)
        levelled: Int16[np.ndarray, " samples"] = np.clip(varied * level, -32767, 32767).astype(np.int16)
        return levelled


def reverberate(sound: StereoAudio, often: float, generator: np.random.Generator) -> StereoAudio:
    """Now and then the echo of a room: noise that decays by 60 dB in 0.1 to 0.6 s, another one at each ear.

    Its energy is 4 to 20 dB below the direct sound's, so that the direction stays.
    """
    if generator.random() >= often:
        return sound
    decay_s, level_db = float(generator.uniform(0.1, 0.6)), float(generator.uniform(-20, -4))
    length = int(decay_s * SAMPLE_RATE_HZ)
    fade = 10 ** (-3 * np.arange(length, dtype=np.float32) / length)
    echo = generator.standard_normal((2, length), np.float32) * fade.astype(np.float32)
    echo *= np.float32(10 ** (level_db / 20)) / np.linalg.norm(echo, axis=1, keepdims=True)
    size = 1 << (sound.shape[1] + length - 1).bit_length()
    middle = np.fft.rfft(sound.mean(axis=0), size)  # a room answers from everywhere, wherever the sound comes from
    wet = np.fft.irfft(middle * np.fft.rfft(echo, size), size)[:, : sound.shape[1]]
    return sound + wet.astype(np.float32)


def add_noise(sound: StereoAudio, often: float, generator: np.random.Generator) -> StereoAudio:
    """Now and then white noise, 20 to 50 dB below the clip's own level; none in silence."""
    if generator.random() >= often:
        return sound
    level = float(np.sqrt(np.mean(np.square(sound)))) * 10 ** (-float(generator.uniform(20, 50)) / 20)
    noisy: StereoAudio = sound + generator.standard_normal(sound.shape, np.float32) * np.float32(level)
    return noisy


def set_channels_and_gain(
    sound: StereoAudio, mirrored: bool, mono: bool, gain_db: tuple[float, float], generator: np.random.Generator
) -> StereoAudio:
    """The sound with its ears swapped, summed or as they are, louder or quieter, never beyond 1."""
    sound = sound[::-1] if mirrored else sound
    if mono:
        sound = np.repeat(sound.sum(axis=0, keepdims=True) / np.float32(np.sqrt(2)), 2, axis=0)
    gain = 10 ** (generator.uniform(*gain_db) / 20)
    return np.ascontiguousarray(sound * np.float32(min(gain, 1 / max(float(np.abs(sound).max()), 1e-6))))
