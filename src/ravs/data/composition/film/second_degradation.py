"""What rooms, microphones and codecs do to a second of audio: pure functions of mono samples in [-1, 1]."""

import numpy as np
from jaxtyping import Float32

MonoSecond = Float32[np.ndarray, " samples"]

CLIPPED_AT = 1.2  # times the RMS
MIN_RMS = 1e-6


def rms(audio: MonoSecond) -> float:
    """Root of the mean square, at least 1e-6."""
    return max(float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))), MIN_RMS)


def ratio(decibels: float) -> float:
    """The ratio of amplitudes."""
    return float(10 ** (decibels / 20))


def at_level(audio: MonoSecond, level: float) -> MonoSecond:
    """Audio scaled to an RMS. Silence stays silent."""
    return np.asarray(audio * (level / rms(audio)), np.float32)


def reverberate(audio: MonoSecond, decay_samples: int, level_db: float, generator: np.random.Generator) -> MonoSecond:
    """Add reverberation: noise that decays by 60 dB in some samples, of this energy against the direct sound's."""
    fade = 10 ** (-3 * np.arange(decay_samples) / decay_samples)
    response = generator.standard_normal(decay_samples) * fade
    response *= ratio(level_db) / np.linalg.norm(response)
    size = len(audio) + decay_samples
    wet = np.fft.irfft(np.fft.rfft(audio, size) * np.fft.rfft(response, size), size)[: len(audio)]
    return np.asarray(audio + wet, np.float32)


def limit_band(audio: MonoSecond, rate_hz: int, low_hz: float, high_hz: float, order: int) -> MonoSecond:
    """Keep a band, with the gain of Butterworth filters of this order at both ends and no delay.

    0 and infinity leave an end open. The end of the second runs into its beginning, for some milliseconds.
    """
    hertz = np.fft.rfftfreq(len(audio), 1 / rate_hz)
    gain = 1 / np.sqrt(1 + (hertz / high_hz) ** (2 * order))
    if low_hz > 0:
        above = np.maximum(hertz / low_hz, 1e-9) ** order
        gain *= above / np.sqrt(1 + above**2)
    return np.asarray(np.fft.irfft(np.fft.rfft(audio) * gain, len(audio)), np.float32)


def draw_band_limit(audio: MonoSecond, rate_hz: int, generator: np.random.Generator) -> MonoSecond:
    """A band as of a telephone (3 in 10), a codec or a muffled microphone (9 in 20), or a small one (1 in 4)."""
    kind = generator.random()
    if kind < 0.3:
        low_hz, high_hz = generator.uniform(150, 400), generator.uniform(3000, 5000)
        return limit_band(audio, rate_hz, low_hz, high_hz, order=3)
    if kind < 0.75:
        return limit_band(audio, rate_hz, 0.0, generator.uniform(5000, 15000), order=5)
    return limit_band(audio, rate_hz, generator.uniform(60, 300), np.inf, order=2)


def tilt(audio: MonoSecond, share: float) -> MonoSecond:
    """Add this share of the sample before to each: positive lifts low frequencies, negative high ones."""
    tilted = audio.copy()
    tilted[1:] += np.float32(share) * audio[:-1]
    return tilted


def white_noise(samples: int, level: float, generator: np.random.Generator) -> MonoSecond:
    """Gaussian noise of this RMS."""
    return np.asarray(generator.standard_normal(samples) * level, np.float32)


def clip_peaks(audio: MonoSecond) -> MonoSecond:
    """Cut what is beyond 1.2 times the RMS, as an overdriven microphone does."""
    limit = CLIPPED_AT * rms(audio)
    return np.asarray(np.clip(audio, -limit, limit), np.float32)
