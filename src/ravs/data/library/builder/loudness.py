"""Trim silence from sounds, shorten them, and normalize their level."""

import numpy as np
from jaxtyping import Float32

from ravs.data.library.format import MAX_SECONDS, MAX_SYNTHESIZED_SECONDS, SAMPLE_RATE_HZ

Mono = Float32[np.ndarray, " samples"]
TrimmedMono = Float32[np.ndarray, " trimmed"]

HOP_SAMPLES = SAMPLE_RATE_HZ // 100  # samples in 10 ms
SILENCE_RATIO = 1e-2  # 40 dB below the loudest hop: trimmed at both ends
ACTIVE_RATIO = 10**-1.5  # 30 dB below it: hops above count for the level
TARGET_RMS = 0.1  # of the active hops, -20 dBFS
PEAK_LIMIT = 0.95


def normalize_level(samples: Mono) -> TrimmedMono:
    """Trim silence at both ends, cut to MAX_SECONDS, normalize to TARGET_RMS, and fade over 5 ms."""
    samples = samples - samples.mean()
    count = max(1, len(samples) // HOP_SAMPLES)
    rms = np.sqrt((samples[: count * HOP_SAMPLES].reshape(count, -1) ** 2).mean(1) + 1e-12)
    loud = np.flatnonzero(rms > rms.max() * SILENCE_RATIO)
    start, stop = max(0, loud[0] - 2) * HOP_SAMPLES, min(count, loud[-1] + 4) * HOP_SAMPLES
    samples = samples[start : min(stop, start + int(MAX_SECONDS * SAMPLE_RATE_HZ))]
    active = rms[rms > rms.max() * ACTIVE_RATIO]
    samples = samples * (TARGET_RMS / np.sqrt((active**2).mean()))
    samples = samples * min(1.0, PEAK_LIMIT / np.abs(samples).max())
    fade = min(len(samples) // 4, SAMPLE_RATE_HZ // 200)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    samples[:fade] *= ramp
    samples[len(samples) - fade :] *= ramp[::-1]
    return samples.astype(np.float32)


def shorten(samples: Mono) -> TrimmedMono:
    """Cut to MAX_SYNTHESIZED_SECONDS from 20 ms before the onset; a cut end is faded out over a quarter of a second."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[max(0, loud[0] - SAMPLE_RATE_HZ // 50) :]
    limit = int(MAX_SYNTHESIZED_SECONDS * SAMPLE_RATE_HZ)
    if len(samples) > limit:
        samples, fade = samples[:limit].copy(), SAMPLE_RATE_HZ // 4
        samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return samples
